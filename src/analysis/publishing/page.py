"""One executed notebook as a page of its own, in one file that can be sent and opened anywhere."""

from collections.abc import Sequence
from pathlib import Path

import jinja2
import nbformat
from markupsafe import Markup

from analysis import config, document, files, markup
from analysis.execution.runs import Run
from analysis.language import language

_HERE = Path(__file__).parent


def write(run: Run, file: Path | None = None, links: Sequence[tuple[str, str, str]] = ()) -> Path:
    """Write the page of a run that was executed; beside its notebook where no file is named.

    Code stays in the notebook; pictures and downloads are inside the page. `links` are other pages to name at its top:
    code of the language, name and address of each.
    """
    page = document.of_notebook(nbformat.read(str(run.output), as_version=4), run.page)
    words = language(run.lang)
    template = jinja2.Environment(autoescape=True).from_string((_HERE / "page.html.jinja").read_text(encoding="utf-8"))
    text = template.render(
        lang=run.lang,
        title=page.title,
        study=config.load().title(run.lang),
        style=Markup((_HERE / "static" / "study.css").read_text(encoding="utf-8")),
        body=Markup(markup.render(page.parts, words)),
        links=links,
    )
    file = file or run.output.with_suffix(".html")
    files.write_whole(file, text)
    return file
