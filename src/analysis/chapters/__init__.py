"""The chapters of the study: what the cells of the templates call."""

from analysis.chapters.axis import AxisChapter
from analysis.chapters.edition import EditionChapter
from analysis.chapters.front import FrontPage, SourcesPage

__all__ = ["AxisChapter", "EditionChapter", "FrontPage", "SourcesPage"]
