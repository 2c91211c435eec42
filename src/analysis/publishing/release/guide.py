"""What a person reads in a bundle: the guide for reviewers, the paper on the software, and the table of terms."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from analysis import config, library, paths, tables
from analysis.execution import runs
from analysis.language import language
from analysis.publishing import measured
from analysis.publishing.release import layout, sums, terms
from analysis.publishing.release.described import Release

README, FILE, LICENCES = "README.md", "REVIEW.md", "LICENCES.md"
PAPER, REFERENCES = "paper.md", "paper.bib"  # in docs/ with places for what a release knows
_TEMPLATE = Path(__file__).parent / "review.md.jinja"
_PARTS = {
    layout.SITE: "the book as a site: open `site/index.html` in a browser, no server is needed",
    layout.PDF: "print editions, and the brief of each edition on one sheet",
    layout.EXECUTED: "every executed notebook, as papermill wrote it",
    layout.RECEIPTS: "for each page: what each exhibit and sentence was made from, with digests",
    layout.SOURCE: "the compendium itself: data with codebook, templates, library, tests, lock",
    "LICENCES.md": "the terms of each part",
    "datapackage.json": "all tables: fields, sources, terms, digests (Data Package)",
    "ro-crate-metadata.json": "what is here, and which run made it from what (RO-Crate 1.1, Workflow Run Crate)",
    "codecheck.yml": "what an independent check has to recreate (CODECHECK 1.0)",
    "CITATION.cff": "how to cite it",
    ".zenodo.json": "what an archive reads",
    "paper.md": "a paper on the software, with `paper.bib`",
    "SHA256SUMS": "a checksum of every file",
}


def readme(release: Release) -> str:
    """Write the first page of a bundle, which says where to go on."""
    return (
        f"# {release.title}\n\nVersion {release.version}, {release.date.isoformat()}. {release.abstract}\n\n"
        f"To read: `{layout.SITE}/index.html`. To check: [{FILE}]({FILE}). Terms of each part: [{LICENCES}]({LICENCES}). "
        f"The compendium itself: `{layout.SOURCE}/`.\n"
    )


def review(release: Release, folder: Path) -> str:
    """Write the guide for reviewers of a bundle that lies in a folder."""
    words = language(config.SOURCE_LANGUAGE)
    exhibits = _exhibit_ids(folder)
    return _filled_in(
        _TEMPLATE,
        release=release,
        parts={f"{name}/" if (folder / name).is_dir() else name: what for name, what in _PARTS.items()
               if (folder / name).exists() or name == sums.FILE},
        times=measured.times(words),
        machine=measured.machine(words),
        measured=measured.read() is not None,
        languages=words.listed(words.language_name(code) for code in config.load().built),
        exhibits=len(exhibits),
        tables=len(tables.descriptors()),
        example=measured.EXAMPLE if measured.EXAMPLE in exhibits else (exhibits[0] if exhibits else measured.EXAMPLE),
    )  # fmt: skip


def paper(release: Release, folder: Path) -> str:
    """Write the paper, in the form of the Journal of Open Source Software, with the counts of a bundle that lies in a folder."""
    study_counts = library.extended("counts")
    return _filled_in(
        paths.root() / "docs" / PAPER,
        release=release,
        **(study_counts() if study_counts else {}),
        languages=len(config.load().built),
        notebooks=len(runs.runs()),
        exhibits=len(_exhibit_ids(folder)),
        tables=len(tables.descriptors()),
    )


def references() -> str:
    """Give the references of the paper."""
    return (paths.root() / "docs" / REFERENCES).read_text(encoding="utf-8")


def _filled_in(template: Path, **values: object) -> str:
    """Fill in the places of a text; one that nothing fills is an error."""
    env = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
    return env.from_string(template.read_text(encoding="utf-8")).render(values)


def _exhibit_ids(folder: Path) -> list[str]:
    place = folder / layout.SITE / config.SOURCE_LANGUAGE / "_static" / "exhibits"
    return sorted(file.stem for file in place.glob("*.csv"))


def licences(release: Release, folder: Path) -> str:
    """Write the table of terms of a bundle that lies in a folder."""
    listed = terms.table(sums.names(folder), folder)
    lines = [
        f"# Terms of each part of {release.name}",
        "",
        "No single licence covers this bundle. Text, figures and code are ours; every table and every download keeps the terms of its",
        "own source, in the words of the source. Cite data by their own source, and do not pass values on under another licence.",
        "",
        "| what | terms |",
        "| --- | --- |",
        *_terms_rows(listed, downloads=False),
        "",
        "## Downloads",
        "",
        "The data of each exhibit, the same in every language; its column `licence` says it row by row.",
        "",
        "| download | terms |",
        "| --- | --- |",
        *_terms_rows(listed, downloads=True),
        "",
        "## Sources",
        "",
        "| source | publisher | terms | open licence | address |",
        "| --- | --- | --- | --- | --- |",
        *(_source_row(row) for row in tables.read("sources").to_dict("records")),
    ]
    return "\n".join(lines) + "\n"


def _terms_rows(listed: Sequence[terms.Line], *, downloads: bool) -> list[str]:
    lines = [line for line in listed if line.download is downloads]
    return [f"| `{line.part}`{_files_counted(line)} | {_terms_listed(line)} |" for line in lines]


def _files_counted(line: terms.Line) -> str:
    return f" ({line.files} files)" if line.files > 1 else ""


def _terms_listed(line: terms.Line) -> str:
    return "<br>".join(_cell_text(terms_of_use.name) for terms_of_use in line.terms)


def _source_row(row: Mapping[Any, Any]) -> str:
    answer = "yes" if row["open_licence"] else "no"
    cells = (row["title"], row["publisher"], row["licence"], answer, row["url"])
    return "| " + " | ".join(_cell_text(str(cell)) for cell in cells) + " |"


def _cell_text(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
