"""Which terms each file of a bundle is under.

Tables and downloads keep the terms of their sources, word by word; nothing that shows values of data is called CC BY as a whole. A file
that mixes text, figures, code and values says so.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis import files, paths, tables
from analysis.errors import BookFailed
from analysis.publishing.release import layout

VALUES = "values"  # the table whose rows each name their source
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(frozen=True)
class Terms:
    """Terms of use: their name, word by word as the source gives it, and where they can be read, if an address is known."""

    name: str
    address: str = ""

    @property
    def id(self) -> str:
        """Name the terms in a crate: by their address if they have one of their own, else by a name of ours."""
        if self in (CC_BY, BSD, SPHINX):
            return self.address
        return f"#terms-{paths.slug(self.name.partition('http')[0])[:40].strip('-')}-{files.digest(self.name.encode())[:6]}"


CC_BY = Terms("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
BSD = Terms("BSD-3-Clause", "https://spdx.org/licenses/BSD-3-Clause")
SPHINX = Terms("BSD-2-Clause (Sphinx)", "https://spdx.org/licenses/BSD-2-Clause")
MIXED = Terms(
    "Text and figures CC BY 4.0, code BSD-3-Clause; values of data under the terms of their own sources: see LICENCES.md"
)
_DOWNLOAD = re.compile(r"/_static/exhibits/[^/]+\.csv$")
_CONTEXT = "-context.jsonld"  # of RO-Crate, with which its validator is tested
_CODE = re.compile(
    r"(src|tests|benchmarks|\.ci|\.github)/|[^/]+\.(toml|lock|yml|yaml)$|Makefile$|\.gitignore$|LICENSE$"
)


def of(name: str, folder: Path) -> tuple[Terms, ...]:
    """Give the terms of a file of a bundle that lies in a folder; each once, in order.

    Parameters
    ----------
    name
        Place of the file in the bundle.
    folder
        The bundle; downloads say their own terms, in a column.
    """
    top, _, rest = name.partition("/")
    if top == layout.SITE:
        return _of_site(name, folder)
    if top == layout.SOURCE:
        return _of_source(rest)
    if top in (layout.PDF, layout.RECEIPTS) or name.startswith(f"{layout.EXECUTED}/"):
        return (MIXED,)
    return (BSD,) if name in ("LICENSE", "requirements.lock") else (CC_BY,)


def _of_site(name: str, folder: Path) -> tuple[Terms, ...]:
    if _DOWNLOAD.search(name):
        return of_download((folder / name).read_text(encoding="utf-8"))
    if re.search(r"/_static/[^/]+\.(js|css|png)$", name):
        return BSD, SPHINX
    return (CC_BY,) if name.endswith((".bib", ".ris")) else (MIXED,)


def of_download(text: str) -> tuple[Terms, ...]:
    """Give the terms of a download: of each source that its rows name; of rows that name none, those of the column `licence`."""
    names: set[str] = set()
    known = _licence_by_source()
    for row in _download_rows(text):
        names |= set(_of_sources(row, known)) or {row.get("licence", "")}
    return tuple(_terms_named(name) for name in sorted(names - {""})) or (MIXED,)


def _download_rows(text: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(text.removeprefix(_BOM), newline=""))


def _of_sources(row: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    """Give the terms of the sources that a row of a download names, "one; another"; none where it names none."""
    source_ids = sorted(part.strip() for part in (row.get("source_id") or "").split(";") if part.strip())
    return list(dict.fromkeys(known[source_id] for source_id in source_ids))


def check(copies: Iterable[layout.Piece]) -> None:
    """Raise `BookFailed` where a download says other terms than the sources that its rows name."""
    problems, known = [], _licence_by_source()
    for piece in copies:
        if _DOWNLOAD.search(piece.name):
            for number, row in enumerate(_download_rows(piece.file.read_text(encoding="utf-8")), start=2):
                expected = "; ".join(_of_sources(row, known))
                if expected and row.get("licence") != expected:
                    problems.append(
                        f"{piece.name}, row {number}, field 'licence', value '{row.get('licence')}'. Expected: '{expected}', "
                        f"the terms of {row['source_id']}."
                    )
                    break
    if problems:
        listed = "\n  ".join(problems[:20])
        raise BookFailed(
            f"Nothing was released: downloads call their data by other terms than their sources:\n  {listed}"
        )


def _of_source(name: str) -> tuple[Terms, ...]:
    table = next(
        (key for key, descriptor in tables.descriptors().items() if f"data/{descriptor['path']}" == name), None
    )
    if table:
        return of_table(table)
    if name.endswith("/outlines.geojson"):
        return (_terms_named(_source_rows()["natural_earth"]["licence"]),)
    if name.endswith(_CONTEXT):
        return (_terms_named("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),)
    if name.startswith("notebooks/"):
        return (MIXED,)  # templates hold outputs, for comparison
    return (BSD,) if _CODE.match(name) else (CC_BY,)


def of_table(table: str) -> tuple[Terms, ...]:
    """Give the terms of a table of `data/`: those of its codebook; of the table of values, those of each source in it."""
    if table == VALUES:
        used = sorted(set(tables.read(table)["source_id"]))
        return tuple(dict.fromkeys(_terms_named(_source_rows()[source_id]["licence"]) for source_id in used))
    return tuple(_terms_named(licence["title"], licence["path"]) for licence in tables.descriptors()[table]["licenses"])


def sources_of(table: str) -> list[dict[str, str]]:
    """Give the sources of a table of `data/`, each with title and address; of the table of values, those that occur in it."""
    if table != VALUES:
        return list(tables.descriptors()[table]["sources"])
    used = sorted(set(tables.read(table)["source_id"]))
    return [{"title": f"{_source_rows()[source_id]['title']} ({_source_rows()[source_id]['publisher']})", "path": _source_rows()[source_id]["url"]}
            for source_id in used]  # fmt: skip


def _source_rows() -> dict[str, dict[str, str]]:
    rows = tables.read("sources").astype(str).to_dict("records")
    return {row["source_id"]: {str(name): str(value) for name, value in row.items()} for row in rows}


def _licence_by_source() -> dict[str, str]:
    return {id: row["licence"] for id, row in _source_rows().items()}


def _terms_named(name: str, address: str = "") -> Terms:
    """Give the terms of a name; ours alone are known by their address, every other name is kept word by word."""
    address_within = re.search(r"https?://[^\s);]+", name)
    return CC_BY if name == CC_BY.name else Terms(name, address or (address_within[0] if address_within else ""))


@dataclass(frozen=True)
class Line:
    """A line of the table of terms: a part of a bundle, of how many files, under which terms."""

    part: str
    files: int
    terms: tuple[Terms, ...]

    @property
    def download(self) -> bool:
        """Say whether it is the data of an exhibit."""
        return self.part.startswith(f"{layout.SITE}/") and self.part.endswith(".csv")


def table(names: Iterable[str], folder: Path) -> list[Line]:
    """Say which terms the parts of a bundle are under: files with the same terms in the same part are one line."""
    counts = Counter((_part_of(name), of(name, folder)) for name in names)
    return [
        Line(part, n, part_terms)
        for (part, part_terms), n in sorted(counts.items(), key=lambda entry: (entry[0][0], str(entry[0][1])))
    ]


def _part_of(name: str) -> str:
    """Name the part of a bundle that a file is listed with; tables and downloads are listed one by one."""
    parts = name.split("/")
    if name.startswith(f"{layout.SOURCE}/data/") or len(parts) == 1:
        return name
    if parts[0] == layout.SITE:
        if "_static" not in parts:
            return f"{layout.SITE}/**/*{Path(name).suffix}"
        inside = "exhibits/" if "exhibits" in parts else ""
        return f"{layout.SITE}/*/_static/{inside}{parts[-1] if name.endswith('.csv') else f'*{Path(name).suffix}'}"
    if parts[0] == layout.SOURCE:
        return f"{layout.SOURCE}/{parts[1]}" + ("/**" if len(parts) > 2 else "")
    return f"{layout.EXECUTED if parts[0] == 'notebooks' else parts[0]}/**"
