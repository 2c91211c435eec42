"""A built book as it lies on a disk: built here, downloaded, or out of an evidence bundle; whole, or one language of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis import config, paths
from analysis.errors import StudyError
from analysis.publishing import receipted

_LANG = re.compile(r'<html[^>]*\blang="([\w-]+)"')
_PDF = re.compile(r"(?:brief-.+-)?([a-z]{2,3})\.pdf")


@dataclass(frozen=True)
class Book:
    """Where the parts of a built book are.

    Parameters
    ----------
    sites
        Folder of each language.
    welcome
        The page with the choice of language, where the book has one.
    pdfs
        Print editions.
    """

    sites: dict[str, Path] = field(default_factory=dict)
    welcome: Path | None = None
    pdfs: tuple[Path, ...] = ()

    @property
    def languages(self) -> list[str]:
        """List the languages of the book, in the order of the matrix."""
        found = {*self.sites, *(lang for lang in map(language_of, self.pdfs) if lang)}
        return [code for code in config.load().languages if code in found]

    @property
    def about(self) -> dict[str, str]:
        """Give what the book says of how it was made; empty where it says nothing."""
        for site in self.sites.values():
            if found := receipted.about(site):
                return found
        return {}

    def files(self) -> Iterator[tuple[str, Path]]:
        """List all files with their places in `_build`."""
        for lang, site in self.sites.items():
            for file in sorted(site.rglob("*")):
                if file.is_file():
                    yield f"html/{lang}/{file.relative_to(site).as_posix()}", file
        if self.welcome:
            yield "html/index.html", self.welcome
        yield from ((f"pdf/{file.name}", file) for file in self.pdfs)


def language_of(pdf: Path) -> str:
    """Give the language of a print edition by its name; empty where it has another name than the book gives."""
    found = _PDF.fullmatch(pdf.name)
    return found[1] if found else ""


def find(path: Path | None, lang: str | None = None) -> Book:
    """Find a built book: in `_build`, in a folder, or one PDF.

    Parameters
    ----------
    path
        Folder of a build, of a site in all languages or one, or of an evidence bundle; a PDF; `_build` where none is given.
    lang
        The only language wanted.

    Raises
    ------
    StudyError
        Where there is no book.
    """
    place = path or paths.build()
    if not place.exists():
        mend = "Build it with `study book`, or name another with --book." if path is None else "Name a folder or a PDF."
        raise StudyError(f"There is no book in {paths.shown(place) if path is None else place}. {mend}")
    book = _of_file(place) if place.is_file() else _of_folder(place)
    if lang:
        pdfs = tuple(file for file in book.pdfs if language_of(file) == lang)
        book = Book({code: site for code, site in book.sites.items() if code == lang}, None, pdfs)
    if not book.languages:
        raise StudyError(
            f"{place} holds no book{f' in {lang!r}' if lang else ''}: neither pages of a site nor a print edition. "
            "Name the folder that holds `en`, `es` and `fr`, one of these, or a PDF as the book names it (en.pdf)."
        )
    return book


def _of_file(file: Path) -> Book:
    if not file.read_bytes().startswith(b"%PDF"):
        raise StudyError(f"{file} is neither a folder nor a PDF. Name the folder of a book, or one of its PDFs.")
    return Book(pdfs=(file,))


def _of_folder(folder: Path) -> Book:
    site = next((one for one in (folder / "html", folder / "site") if one.is_dir()), folder)
    found = {code: site / code for code in config.load().languages if (site / code / "index.html").is_file()}
    if not found and (site / "index.html").is_file():
        lang = _LANG.search((site / "index.html").read_text(encoding="utf-8", errors="replace"))
        found = {lang[1]: site} if lang and lang[1] in config.load().languages else {}
        return Book(found)
    welcome = site / "index.html"
    pdfs = sorted([*(folder / "pdf").glob("*.pdf"), *folder.glob("*.pdf")])
    return Book(found, welcome if welcome.is_file() else None, tuple(pdf for pdf in pdfs if language_of(pdf)))
