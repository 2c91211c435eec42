"""What a person reads first in a bundle: the guide for reviewers, and the table of terms."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from analysis import config, tables
from analysis.language import language
from analysis.publishing import measured
from analysis.publishing.release import layout, sums, terms
from analysis.publishing.release.described import Release

README, FILE, LICENCES = "README.md", "REVIEW.md", "LICENCES.md"
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
    env = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
    found = _exhibits(folder)
    return env.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        release=release,
        parts={f"{name}/" if (folder / name).is_dir() else name: what for name, what in _PARTS.items()
               if (folder / name).exists() or name == sums.FILE},
        times=measured.times(words),
        machine=measured.machine(words),
        measured=measured.read() is not None,
        languages=words.listed(words.language_name(code) for code in config.load().built),
        exhibits=len(found),
        tables=len(tables.descriptors()),
        example=measured.EXAMPLE if measured.EXAMPLE in found else (found[0] if found else measured.EXAMPLE),
    )  # fmt: skip


def _exhibits(folder: Path) -> list[str]:
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
        *_rows(listed, downloads=False),
        "",
        "## Downloads",
        "",
        "The data of each exhibit, the same in every language; its column `licence` says it row by row.",
        "",
        "| download | terms |",
        "| --- | --- |",
        *_rows(listed, downloads=True),
        "",
        "## Sources",
        "",
        "| source | publisher | terms | open licence | address |",
        "| --- | --- | --- | --- | --- |",
        *(_source(row) for row in tables.read("sources").to_dict("records")),
    ]
    return "\n".join(lines) + "\n"


def _rows(listed: Sequence[terms.Line], *, downloads: bool) -> list[str]:
    return [
        f"| `{one.part}`{f' ({one.files} files)' if one.files > 1 else ''} | {'<br>'.join(_cell(each.name) for each in one.terms)} |"
        for one in listed if one.download is downloads
    ]  # fmt: skip


def _source(row: Mapping[Any, Any]) -> str:
    answer = "yes" if row["open_licence"] else "no"
    cells = (row["title"], row["publisher"], row["licence"], answer, row["url"])
    return "| " + " | ".join(_cell(str(one)) for one in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
