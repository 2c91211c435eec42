"""The report on two builds: how much is identical, under which conditions, and each difference with both pictures side by side."""

from pathlib import Path

import jinja2

from analysis import files, paths
from analysis.review import conditions
from analysis.review.twice import Outcome, Selection

_SHOWN = 100  # differences with their pictures; a report stays one that a browser opens


def write(outcome: Outcome, selection: Selection) -> Path:
    """Write the report to `_build/twice/index.html` and give its file."""
    source = (Path(__file__).parent / "twice.html.jinja").read_text(encoding="utf-8")
    first, second = (conditions.shown(made) for made in (conditions.FIRST, conditions.SECOND))
    text = (
        jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        .from_string(source)
        .render(
            outcome=outcome, whole=selection.whole, findings=outcome.findings[:_SHOWN],
            left=max(0, len(outcome.findings) - _SHOWN),
            conditions=[(name, value, second[name]) for name, value in first.items()],
        )
    )  # fmt: skip
    file = paths.build() / "twice" / "index.html"
    files.write_whole(file, text)
    return file
