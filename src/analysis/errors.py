"""One exception class per thing that a user can mend. The message is all that the user sees."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give a sentence, with a space before it, that names the closest of the known names; empty where none is close."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


class StudyError(Exception):
    """Something a user can mend; the command `study` prints the message and ends with status 1."""


class UnknownCell(StudyError):
    """An edition, axis or language that `data/study.yml` does not know."""


class UnknownParameter(StudyError):
    """A parameter that a notebook does not have, or a value that it cannot have."""

    def _render_traceback_(self) -> list[str]:
        """Show the message alone where a cell raises: it is about what papermill was given, not about code."""
        return [f"{type(self).__name__}: {self}"]


class InvalidData(StudyError):
    """A table that breaks its codebook: file, row, field, value, expectation."""


class NotebookFailed(StudyError):
    """A notebook that raised, with the cell and the run."""


class BookFailed(StudyError):
    """A page, link or figure that keeps the book from being built."""


class IncompleteExhibit(StudyError):
    """An exhibit without one of: title, alternative text, table, source."""


class MissingTranslation(StudyError):
    """A sentence that has no translation, or one that lost a value, in a language that is built."""


class NotTheSame(StudyError):
    """Two builds of the same inputs that differ: which notebook and cell, and the likely cause."""


class TypedNumber(StudyError):
    """A number in prose that nothing computes, or a fact that a text names and that is there no longer."""


class Unreadable(StudyError):
    """A file that is no text in UTF-8, or cut off, or not of its format."""
