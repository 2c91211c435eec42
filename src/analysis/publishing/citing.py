"""How to cite the study, a page of it or an exhibit: as text, BibTeX and RIS, from `CITATION.cff`.

An exhibit is cited by its name, which never changes, with the version; notebooks know neither, so that a new version makes
none of them stale.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis import config, files, paths, surroundings
from analysis.language import Language

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", **{letter: f"\\{letter}" for letter in "&%_#$"},
}  # fmt: skip


@dataclass(frozen=True)
class Study:
    """The study as a whole, as a citation names it; `address` is empty as long as it has no public one."""

    title: str
    authors: tuple[str, ...]
    version: str
    released: datetime.date | None
    address: str
    lang: str


@dataclass(frozen=True)
class Work:
    """A part of the study: a page, or an exhibit of it where `exhibit` names one.

    Parameters
    ----------
    title
        Title of the page or of the exhibit.
    page
        Place of the page in the site, `en/editions/2019/governance.html` say.
    exhibit
        Name of the exhibit, such as `2017-economy-answers`.
    within
        Title of the page that an exhibit stands on.
    """

    title: str
    page: str
    exhibit: str = ""
    within: str = ""

    @property
    def place(self) -> str:
        """Give the place of the work in the site."""
        return f"{self.page}#{self.exhibit}" if self.exhibit else self.page

    @property
    def key(self) -> str:
        """Name the work in a list of references."""
        name = self.exhibit or re.sub(r"[^a-z0-9]+", "-", self.page.removesuffix(".html").partition("/")[2])
        return f"scs-{name}"


def description() -> dict[str, Any]:
    """Read `CITATION.cff`."""
    found: dict[str, Any] = files.yaml_of(paths.root() / "CITATION.cff")
    return found


def released() -> datetime.date | None:
    """Give the date of the release, else that of the reproducible build, else none."""
    if found := description().get("date-released"):
        return found if isinstance(found, datetime.date) else datetime.date.fromisoformat(found)
    if (epoch := surroundings.source_date()) is not None:
        return epoch.date()
    return None


def study(words: Language) -> Study:
    """Gather what a citation of the study names, in the reader's language."""
    cited = description()
    subtitle = words.translated(cited["title"].partition(": ")[2])
    return Study(
        title=config.load().title(words.code) + (f": {subtitle}" if subtitle else ""),
        authors=tuple(words.translated(author["name"]) for author in cited["authors"]),
        version=str(cited["version"]),
        released=released(),
        address=str(cited.get("url", "")).rstrip("/"),
        lang=words.code,
    )


def text(work: Work | None, whole: Study, words: Language) -> str:
    """Cite the study, or a work of it, in words."""
    say = words.say
    year = whole.released.year if whole.released else say("no date")
    head = f"{words.listed(whole.authors)} ({year})."
    book = say("{title}, version {version}", title=whole.title, version=whole.version)
    if work is None:
        return " ".join(filter(None, [head, _ended(book), whole.address]))
    title = f"{work.title} [{work.exhibit}]" if work.exhibit else work.title
    within = say("In: {book}.", book=f"{work.within}. {book}" if work.within else book)
    return f"{head} {_ended(title)} {within} {_address(work, whole) or work.place}"


def bibtex(work: Work | None, whole: Study) -> str:
    """Cite the study, or a work of it, as an entry of BibTeX."""
    fields = {"author": " and ".join(f"{{{_latex(name)}}}" for name in whole.authors)}
    if work is None:
        kind, key = "book", "scs"
        fields |= {"title": _latex(whole.title)}
    else:
        kind, key = ("misc" if work.exhibit else "incollection"), work.key
        note = f"[{work.exhibit}] {work.within}. {whole.title}" if work.exhibit else ""
        fields |= {
            "title": _latex(work.title),
            **({"howpublished": _latex(note)} if note else {"booktitle": _latex(whole.title)}),
        }
    fields |= {"publisher": fields["author"]} if kind != "misc" else {}
    fields |= {"edition": _latex(whole.version), "language": whole.lang}
    if whole.released:
        fields |= {"year": str(whole.released.year), "date": whole.released.isoformat()}
    address = _address(work, whole)
    if address:
        fields["url"] = address
    elif work:
        fields["note"] = _latex(work.place)
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items()]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def ris(work: Work | None, whole: Study) -> str:
    """Cite the study, or a work of it, as a record of RIS."""
    kind = "BOOK" if work is None else "FIGURE" if work.exhibit else "CHAP"
    lines = [("TY", kind), *(("AU", f"{name},") for name in whole.authors)]  # a comma at the end: no first name
    lines.append(("TI", work.title if work else whole.title))
    if work:
        lines.append(("T2", f"{work.within}. {whole.title}" if work.within else whole.title))
    if whole.released:
        lines += [("PY", str(whole.released.year)), ("DA", whole.released.strftime("%Y/%m/%d"))]
    lines += [("PB", name) for name in whole.authors]
    lines += [("ET", whole.version), ("LA", whole.lang)]
    if work:
        lines.append(("ID", work.key))
    if address := _address(work, whole):
        lines.append(("UR", address))
    elif work:
        lines.append(("N1", work.place))
    return "".join(f"{tag}  - {_one_line(value)}\r\n" for tag, value in [*lines, ("ER", "")])


def files_of(work: Work | None, whole: Study) -> Mapping[str, str]:
    """Give the files to download, by suffix."""
    return {".bib": bibtex(work, whole), ".ris": ris(work, whole)}


def _address(work: Work | None, whole: Study) -> str:
    return "/".join(filter(None, [whole.address, work.place if work else ""])) if whole.address else ""


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _latex(value: str) -> str:
    """Write a text so that LaTeX prints it as it is; letters with accents stay, BibTeX files are UTF-8."""
    return "".join(_LATEX.get(letter, letter) for letter in _one_line(value))
