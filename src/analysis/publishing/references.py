"""How references to the literature are written, in every language: by sphinxcontrib-bibtex on the site, in pieces elsewhere.

The list is `book/references.bib`, one for all languages. "Wilson (1927)" stands in the text, the whole at its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pybtex.plugin
from pybtex import richtext
from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.style import FormattedEntry
from pybtex.style.formatting import toplevel
from pybtex.style.formatting.unsrt import Style, pages
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import Node, join, names, optional, optional_field, sentence, tag
from pybtex.style.template import field as value
from pybtex.style.template import words as spaced
from sphinxcontrib.bibtex import plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle, PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from analysis import paths
from analysis.errors import BookFailed
from analysis.language import Language

NAME = "study"  # of both styles, as `_config.yml` names them
FILE = "references.bib"
_SYMBOLS = {"nbsp": "\N{NO-BREAK SPACE}", "ndash": "\N{EN DASH}", "newblock": " "}
_ROUND = {"left": "(", "right": ")"}


class Sorting(BaseSortingStyle):  # type: ignore[misc]
    """Sorts by authors, whatever marks their letters carry, then by year and title."""

    def sorting_key(self, entry: Entry) -> tuple[str, ...]:
        """Give what an entry is sorted by."""
        people = " ".join(str(person) for person in entry.persons["author"])
        return (paths.plain(people), entry.fields["year"], entry.fields["title"])


def register(words: Language) -> None:
    """Make the styles of a language known to sphinxcontrib-bibtex."""
    pybtex.plugin.register_plugin("pybtex.style.formatting", NAME, Formatting, force=True)
    plugin.register_plugin("sphinxcontrib.bibtex.style.referencing", NAME, referencing(words), force=True)


class Formatting(Style):  # type: ignore[misc]
    """Writes the list of references, without a word of any language: authors (year). Title. Journal volume, pages (or publisher). Address."""

    default_sorting_style = Sorting
    default_name_style = "lastfirst"

    def format_names(self, role: str, as_sentence: bool = True) -> Node:
        """Write authors, parted by semicolons."""
        return names(role, sep="; ")

    def get_article_template(self, entry: Entry) -> Node:
        """Lay out an article of a journal."""
        return toplevel[
            sentence(sep=" ")[self.format_names("author"), join["(", value("year"), ")"]],
            sentence[value("title")],
            sentence(sep=", ")[spaced[tag("em")[value("journal")], optional_field("volume")], optional[pages]],
            self.format_web_refs(entry),
        ]

    def get_book_template(self, entry: Entry) -> Node:
        """Lay out a book."""
        return toplevel[
            sentence(sep=" ")[self.format_names("author"), join["(", value("year"), ")"]],
            sentence[tag("em")[value("title")]],
            sentence[value("publisher")],
            self.format_web_refs(entry),
        ]

    def format_entry(self, label: str, entry: Entry, bib_data: BibliographyData | None = None) -> FormattedEntry:
        """Refuse what would bring English words into every language."""
        if entry.type not in ("article", "book"):
            raise BookFailed(
                f"book/{FILE}, '{entry.key}': @{entry.type} has no layout yet. Give it one in analysis/publishing/references.py."
            )
        return super().format_entry(label, entry, bib_data)


def referencing(words: Language) -> type[AuthorYearReferenceStyle]:
    """Give the style of references in the text: "Hyndman and Fan (1996)"."""
    last = _and(words)

    def round_() -> BracketStyle:
        return BracketStyle(**_ROUND)

    @dataclass
    class Referencing(AuthorYearReferenceStyle):
        bracket_textual: BracketStyle = field(default_factory=round_)
        bracket_parenthetical: BracketStyle = field(default_factory=round_)
        person: PersonStyle = field(default_factory=lambda: PersonStyle(sep2=last, last_sep=last, other=None))

    return Referencing


def _and(words: Language) -> str:
    return words.say("and").join("  ")


def _entries() -> BibliographyData:
    return parse_file(str(paths.root() / "book" / FILE))


def in_text(key: str, words: Language) -> str:
    """Write a reference as it stands in a sentence, `Wilson (1927)`, for what is made without Sphinx.

    Raises
    ------
    BookFailed
        Where `book/references.bib` has no such entry.
    """
    entries = _entries().entries
    if key not in entries:
        raise BookFailed(f"book/{FILE} has no entry '{key}'. It has: {', '.join(entries)}.")
    *others, last = [" ".join(map(str, person.rich_last_names)) for person in entries[key].persons["author"]]
    people = f"{', '.join(others)}{_and(words)}{last}" if others else last
    return f"{people} ({entries[key].fields['year']})"


@dataclass(frozen=True)
class Piece:
    """A piece of a reference in the list: its text, whether it is emphasised, and its address where it is a link."""

    text: str
    emphasised: bool = False
    address: str = ""


def listed() -> list[list[Piece]]:
    """Give the list of references, each in pieces, for what is made without Sphinx."""
    formatted: Any = Formatting().format_bibliography(_entries())
    return [list(_pieces(entry.text, Piece(""))) for entry in formatted]


def _pieces(text: Any, around: Piece) -> Iterator[Piece]:
    if isinstance(text, richtext.String):
        yield replace(around, text=str(text))
    elif isinstance(text, richtext.Symbol):
        yield replace(around, text=_SYMBOLS[text.name])
    else:
        if isinstance(text, richtext.HRef):
            around = replace(around, address=str(text.url))
        elif isinstance(text, richtext.Tag):
            around = replace(around, emphasised=text.name == "em")
        for part in text.parts:
            yield from _pieces(part, around)
