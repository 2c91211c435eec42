"""The evidence bundle: everything that a reviewer or an archive needs, in one folder and one archive of it.

`described` says what the release is, `layout` what lies where, `terms` under which terms; the other modules write one kind of file each.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from analysis import config, files, paths
from analysis.errors import BookFailed
from analysis.execution import ledger, runs
from analysis.language import language
from analysis.publishing import citing
from analysis.publishing.release import codecheck, crate, guide, layout, package, paper, sums, terms, zenodo
from analysis.publishing.release.described import CITATION, Release, dated, release

__all__ = ["Release", "check_built", "dated", "release", "write"]


def write(found: Release) -> tuple[Path, Path]:
    """Write the bundle of a release, and give its folder and its archive, both in `_build/evidence/`.

    Raises
    ------
    BookFailed
        Where something lacks, is private, or is not as committed.
    """
    pieces = layout.pieces(found)
    layout.check(pieces)
    terms.check(pieces)
    stage = files.workplace() / "evidence"
    shutil.rmtree(stage, ignore_errors=True)
    folder, target = stage / found.name, paths.build() / "evidence"
    layout.copy(pieces, folder)
    describe(found, folder)
    sums.write(folder)
    archive = target / f"{found.name}.zip"
    sums.archive(folder, stage / archive.name, found)
    files.replace_folder(folder, target / found.name)
    (stage / archive.name).replace(archive)
    shutil.rmtree(stage)
    return target / found.name, archive


def describe(found: Release, folder: Path) -> None:
    """Write into a bundle the files that describe it; the crate comes last, since it describes the others."""
    writers: dict[str, Callable[[], str]] = {
        CITATION: lambda: found.citation,
        f"{layout.SOURCE}/{CITATION}": lambda: found.citation,  # that a build from it carries the same date
        package.FILE: lambda: _json(package.descriptor(found, folder)),
        zenodo.FILE: lambda: _json(zenodo.metadata(found)),
        codecheck.FILE: lambda: codecheck.text(found, folder),
        guide.README: lambda: guide.readme(found),
    }
    for name, written in writers.items():
        _put(folder / name, written())
    paper.write(found, folder)
    for name in (guide.FILE, guide.LICENCES, crate.FILE, sums.FILE):  # the table of terms lists them too
        _put(folder / name, "")
    _put(folder / guide.LICENCES, guide.licences(found, folder))
    _put(folder / guide.FILE, guide.review(found, folder))
    _put(folder / crate.FILE, _json(crate.Crate(found, folder).metadata()))


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _put(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
    file.chmod(0o644)


def check_built() -> None:
    """Raise `BookFailed` where what is built is not of the compendium as it is now: its notebooks, version and date."""
    stale = [one.run.place for one in ledger.Check().states(runs.runs()) if one.state != ledger.FRESH]
    if stale:
        raise BookFailed(f"{len(stale)} notebooks are not fresh, {stale[0]} among them. Leave --as-built out.")
    for code in config.load().built:
        file = paths.build() / "html" / code / "index.bib"
        if not file.is_file() or file.read_text(encoding="utf-8") != citing.bibtex(None, citing.study(language(code))):
            raise BookFailed(
                f"The book in _build/html/{code} was not built with this version and date. Leave --as-built out."
            )
