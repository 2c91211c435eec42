"""The HTML of a document: for the site, for a page in one file, and for whoever works in a notebook."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from analysis import document
from analysis.document import Exhibit, Heading, Listing, Markdown, Output, Part, Sentence, Span, TableCell
from analysis.files import data_uri
from analysis.language import Language

_NOTHING = Markup()
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Around:
    """What stands around an exhibit on a page: addresses of its pictures and its download, citation and receipt (HTML)."""

    wide: str
    narrow: str
    data: str
    wide_size: Markup = _NOTHING
    narrow_size: Markup = _NOTHING
    lazy: Markup = _NOTHING
    citation: Markup = _NOTHING
    receipt: Markup = _NOTHING


def packed_inside(exhibit: Exhibit) -> Around:
    """Put pictures and download into the page itself, so that it can be read anywhere."""
    return Around(
        wide=data_uri("image/svg+xml", exhibit.wide.encode()),
        narrow=data_uri("image/svg+xml", exhibit.narrow.encode()),
        data=data_uri("text/csv;charset=utf-8", exhibit.data.encode()),
    )


def picture_size(svg: str) -> Markup:
    """Give width and height of a picture as attributes, so that a page does not jump when the picture comes."""
    size = _SIZE.search(svg[:2000])
    return Markup(f' width="{float(size[1]):.0f}" height="{float(size[2]):.0f}"') if size else Markup()


def render(parts: Iterable[Part], words: Language, around: Callable[[Exhibit], Around] = packed_inside) -> str:
    """Write parts of a document as HTML; `around` tells what stands around each exhibit."""
    written = (render_part(part, words, around) for part in parts)
    return "\n".join(text for text in written if text)


def render_part(part: Part, words: Language, around: Callable[[Exhibit], Around] = packed_inside) -> str:
    """Write a part of a document as HTML."""
    if isinstance(part, Exhibit):
        return str(_template().figure(part, _labels(words), _table_of(part), around(part))).strip()
    return render_text(part)


def render_text(part: Part) -> str:
    """Write a part that is no exhibit as HTML; the title of a page stands in its first text already."""
    if isinstance(part, Sentence):
        id = f' id="{escape(part.id)}"' if part.id else ""
        return f'<p{id} class="{part.role}"{_template().tables(part.tables)}>{escape(part.text)}</p>'
    if isinstance(part, Heading):
        return f"<h3>{escape(part.text)}</h3>"
    if isinstance(part, Listing):
        return _listing(part)
    if isinstance(part, Markdown):
        return str(MarkdownIt().render(part.text))
    return f"<pre>{escape(part.text)}</pre>" if isinstance(part, Output) else ""


def above_picture(exhibit: Exhibit) -> str:
    """Write what stands above the picture of an exhibit in a notebook."""
    return str(_template().above(exhibit))


def below_picture(exhibit: Exhibit, words: Language) -> str:
    """Write what stands below the picture of an exhibit in a notebook."""
    return str(_template().under(exhibit, _labels(words), _table_of(exhibit))).strip()


def _labels(words: Language) -> dict[str, str]:
    say = words.say
    return {
        "source": say("Source:"),
        "table": say("The figures as a table"),
        "csv": say("Download the data (CSV)"),
        "cite": say("Cite as"),
    }


def _listing(listing: Listing) -> str:
    table = html_table(listing.columns, listing.rows, listing.caption)
    if listing.folded:
        table = f"<details><summary>{escape(listing.caption)}</summary>{table}</details>"
    search = ""
    if listing.search:
        search = f' data-found="{escape(listing.shown)}" data-search="{escape(listing.search)}"'
    return f'<div class="listing" id="{escape(listing.id)}"{search}{_template().tables(listing.tables)}>{table}</div>'


def _table_of(exhibit: Exhibit) -> Markup:
    return Markup(html_table(exhibit.columns, exhibit.rows, exhibit.title))


def html_table(columns: Iterable[str], rows: document.Rows, caption: str) -> str:
    """Write a table as accessible HTML in a box of its own that scrolls; everything is escaped.

    A column whose cells all start with a digit or a sign, or are empty, is aligned to the right.
    """
    columns = list(columns)
    right = right_columns(rows, len(columns))
    classes = [' class="number"' if number in right else "" for number in range(len(columns))]
    head = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(columns, classes, strict=True))
    body = []
    for row in rows:
        cells = (f"<td{kind}>{_cell_html(cell)}</td>" for cell, kind in zip(row, classes, strict=True))
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="table-scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def right_columns(rows: document.Rows, columns: int) -> set[int]:
    """Give the numbers of the columns that hold numbers: they are aligned to the right."""
    return {number for number in range(columns) if _is_numeric([row[number] for row in rows])}


def _is_numeric(column: list[TableCell]) -> bool:
    texts = [cell for cell in column if cell]
    return bool(texts) and all(isinstance(text, str) and _is_number(text) for text in texts)


def _is_number(text: str) -> bool:
    return text.lstrip("-\N{MINUS SIGN}")[:1].isdigit() and len(text) < 24


def _cell_html(cell: TableCell) -> str:
    return str(escape(cell)) if isinstance(cell, str) else "".join(map(_span_html, cell))


def _span_html(span: Span) -> str:
    text = f"<code>{escape(span.text)}</code>" if span.code else str(escape(span.text))
    if not span.href:
        return text
    hint = f' title="{escape(span.hint)}"' if span.hint else ""
    label = f' aria-label="{escape(span.label)}"' if span.label else ""
    return f'<a href="{escape(span.href)}"{hint}{label}>{text}</a>'


@lru_cache(maxsize=1)
def _template() -> Any:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    file = Path(__file__).parent / "exhibit.html"
    return environment.from_string(file.read_text(encoding="utf-8")).module
