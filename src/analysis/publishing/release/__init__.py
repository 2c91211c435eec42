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
from analysis.publishing.release import codecheck, crate, guide, layout, package, sums, terms, zenodo
from analysis.publishing.release.described import CITATION, Release, dated, release

__all__ = ["Release", "check_built", "dated", "release", "write"]


def write(subject: Release) -> tuple[Path, Path]:
    """Write the bundle of a release, and give its folder and its archive, both in `_build/evidence/`.

    Raises
    ------
    BookFailed
        Where something lacks, is private, or is not as committed.
    """
    pieces = layout.pieces(subject)
    layout.check(pieces)
    terms.check(pieces)
    stage = files.workplace() / "evidence"
    shutil.rmtree(stage, ignore_errors=True)
    folder, target = stage / subject.name, paths.build() / "evidence"
    layout.copy(pieces, folder)
    describe(subject, folder)
    sums.write(folder)
    archive = target / f"{subject.name}.zip"
    sums.archive(folder, stage / archive.name, subject)
    files.replace_folder(folder, target / subject.name)
    (stage / archive.name).replace(archive)
    shutil.rmtree(stage)
    return target / subject.name, archive


def describe(subject: Release, folder: Path) -> None:
    """Write into a bundle the files that describe it; the crate comes last, since it describes the others."""
    writers: dict[str, Callable[[], str]] = {
        CITATION: lambda: subject.citation,
        f"{layout.SOURCE}/{CITATION}": lambda: subject.citation,  # that a build from it carries the same date
        package.FILE: lambda: _json_text(package.descriptor(subject, folder)),
        zenodo.FILE: lambda: _json_text(zenodo.metadata(subject)),
        codecheck.FILE: lambda: codecheck.text(subject, folder),
        guide.README: lambda: guide.readme(subject),
        guide.PAPER: lambda: guide.paper(subject, folder),
        guide.REFERENCES: guide.references,
    }
    for name, written in writers.items():
        _put_text(folder / name, written())
    for name in (guide.FILE, guide.LICENCES, crate.FILE, sums.FILE):  # the table of terms lists them too
        _put_text(folder / name, "")
    _put_text(folder / guide.LICENCES, guide.licences(subject, folder))
    _put_text(folder / guide.FILE, guide.review(subject, folder))
    _put_text(folder / crate.FILE, _json_text(crate.Crate(subject, folder).metadata()))


def _json_text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _put_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
    file.chmod(0o644)


def check_built() -> None:
    """Raise `BookFailed` where what is built is not of the compendium as it is now: its notebooks, version and date."""
    stale = [state.run.place for state in ledger.Check().states(runs.runs()) if state.state != ledger.FRESH]
    if stale:
        raise BookFailed(f"{len(stale)} notebooks are not fresh, {stale[0]} among them. Leave --as-built out.")
    for code in config.load().built:
        file = paths.build() / "html" / code / "index.bib"
        if not file.is_file() or file.read_text(encoding="utf-8") != citing.bibtex(None, citing.study(language(code))):
            raise BookFailed(
                f"The book in _build/html/{code} was not built with this version and date. Leave --as-built out."
            )
