"""A built book as it lies on a disk: built here, downloaded, or out of an evidence bundle."""

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
        known = {*self.sites, *map(language_of, self.pdfs)}
        return [code for code in config.load().languages if code in known]

    @property
    def about(self) -> dict[str, str]:
        """Give what the book says of how it was made; empty where it says nothing."""
        for site in self.sites.values():
            if about := receipted.about(site):
                return about
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
    """Give the language of a print edition by its name."""
    match = _PDF.fullmatch(pdf.name)
    return match[1] if match else ""


def find_book(path: Path | None, lang: str | None = None) -> Book:
    """Find a built book: in `_build`, in a folder, or one PDF.

    Parameters
    ----------
    path
        Folder of a build, of a site in all languages or one, or of an evidence bundle; a PDF;
        `_build` where none is given.
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
    book = _from_file(place) if place.is_file() else _from_folder(place)
    if lang:
        pdfs = tuple(file for file in book.pdfs if language_of(file) == lang)
        book = Book({code: site for code, site in book.sites.items() if code == lang}, None, pdfs)
    if not book.languages:
        raise StudyError(
            f"{place} holds no book{f' in {lang!r}' if lang else ''}: neither pages of a site nor a print edition. "
            "Name the folder that holds `en`, `es` and `fr`, one of these, or a PDF as the book names it (en.pdf)."
        )
    return book


def _from_file(file: Path) -> Book:
    if not file.read_bytes().startswith(b"%PDF"):
        raise StudyError(f"{file} is neither a folder nor a PDF. Name the folder of a book, or one of its PDFs.")
    return Book(pdfs=(file,))


def _from_folder(folder: Path) -> Book:
    root = next((place for place in (folder / "html", folder / "site") if place.is_dir()), folder)
    welcome = root / "index.html"
    sites = {code: root / code for code in config.load().languages if (root / code / "index.html").is_file()}
    if not sites and welcome.is_file():
        lang = _LANG.search(welcome.read_text(encoding="utf-8", errors="replace"))
        return Book({lang[1]: root} if lang and lang[1] in config.load().languages else {})
    pdfs = sorted([*(folder / "pdf").glob("*.pdf"), *folder.glob("*.pdf")])
    return Book(sites, welcome if welcome.is_file() else None, tuple(pdf for pdf in pdfs if language_of(pdf)))
