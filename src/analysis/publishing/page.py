"""One executed notebook as a page of its own, in one file that can be sent and opened anywhere."""

from collections.abc import Sequence
from pathlib import Path

import jinja2
import nbformat
from markdown_it import MarkdownIt
from markupsafe import Markup

from analysis import config, files
from analysis.execution.runs import Run

_HERE = Path(__file__).parent


def write(run: Run, file: Path | None = None, links: Sequence[tuple[str, str, str]] = ()) -> Path:
    """Write the page of a run that was executed; beside its notebook where no file is named.

    Code stays in the notebook; pictures and downloads are inside the page. `links` are other pages to name at its top:
    code of the language, name and address of each.
    """
    notebook = nbformat.read(str(run.output), as_version=4)
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(MarkdownIt().render(cell.source))
        elif "remove-cell" not in cell.metadata.get("tags", []):
            parts += [output["data"]["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]
    template = jinja2.Environment(autoescape=True).from_string((_HERE / "page.html.jinja").read_text(encoding="utf-8"))
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    style = Markup((_HERE / "static" / "study.css").read_text(encoding="utf-8"))
    text = template.render(
        lang=run.lang, title=title, study=config.load().title(run.lang), style=style,
        body=Markup("\n".join(parts)), links=links,
    )  # fmt: skip
    file = file or run.output.with_suffix(".html")
    files.write_whole(file, text)
    return file
