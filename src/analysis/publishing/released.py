"""The last check of a finished site: what it shows of answers of cities is what the gate permits. A check, not a proof.

It walks the documents of the pages, downloads, executed notebooks and, where they are there, the print editions. What it covers:
every part of a document and every row of a download that names a permitted table is compared with the gate anew; what names none is
refused; names of cities that want to be counted only do not stand in such a part; no mail address, no other contact and no
confidential text of some length stands anywhere, HTML included. It cannot tell where a number in a sentence without a mark comes from.

Messages name file and place, never a value. This is the one place that reads the contacts, to search for them.
"""

import csv
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import nbformat

from analysis import answers, document, paths, statistics, study
from analysis.chapters.answers import NAMED, banner_text, gate_of
from analysis.disclosure import THRESHOLD, Gate, Published, Row
from analysis.document import Claim, Exhibit, Listing
from analysis.errors import BookFailed
from analysis.language import language
from analysis.publishing import receipted

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_TELLING = 20  # letters from which a text can be searched for: shorter ones, "Mobility" say, stand anywhere
_READ = (".html", ".csv", ".ipynb", ".js", ".json", ".md", ".svg", ".txt")
COUNT = "count"  # in place of a table: the number of cities that answered


def check(folder: Path | None = None) -> None:
    """Raise `BookFailed` where a finished site shows something of answers that the gate does not permit."""
    root = folder or paths.build()
    permits = all_permits()
    if not permits:
        return
    found = [
        f"{file.relative_to(root).as_posix()}, {problem}"
        for file in _files(root)
        for problem in _problems(file, permits, root / "html")
    ]
    if found:
        raise BookFailed(
            "The book must not be published: it shows something of answers that the gate does not permit.\n  "
            + "\n  ".join(dict.fromkeys(found[:20]))
            + "\nTake it from analysis.disclosure.Gate where it is made, and name its table. What was published last is still in _build."
        )


def check_synthetic() -> None:
    """Raise `BookFailed` where answers are synthetic: a rehearsal is never released."""
    synthetic = [str(permit.edition) for permit in all_permits() if permit.gate.synthetic]
    if synthetic:
        raise BookFailed(
            f"The private folder holds synthetic answers to {', '.join(synthetic)}: a rehearsal is never released. "
            f"Delete them: study private purge {synthetic[0]}"
        )


def secret_search() -> Callable[[str], Iterable[str]]:
    """Give what says of a text of a release which answers in it are never published; the answers are read once."""
    permits = all_permits()
    return lambda text: chain.from_iterable(permit.secrets_in(text) for permit in permits)


def all_permits() -> list["Permit"]:
    """List what may be shown of the answers, edition by edition; nothing where there are none."""
    return [Permit(year, gate) for year in study.load().editions if (gate := gate_of(year)) is not None]


def _files(root: Path) -> list[Path]:
    site = [file for file in (root / "html").rglob("*") if file.suffix in _READ and file.is_file()]
    return sorted(site) + sorted((root / "pdf").glob("*.pdf"))


def _problems(file: Path, permits: Sequence["Permit"], site: Path) -> Iterator[str]:
    text = _pdf(file) if file.suffix == ".pdf" else file.read_text(encoding="utf-8", errors="replace")
    for permit in permits:
        yield from permit.secrets_in(text)
    lang = file.relative_to(site).parts[0] if site in file.parents else ""
    if file.suffix == ".csv":
        yield from _download(text, permits)
    elif lang and (page := _document_in(file, text, site / lang)) is not None:
        yield from _page(page, permits, lang)


def _document_in(file: Path, text: str, site: Path) -> document.Page | None:
    """Read the document of a page, or that of an executed notebook; `None` of another file."""
    try:
        if file.suffix == ".ipynb" and f'"{document.KEY}"' in text:
            return document.of_notebook(nbformat.reads(text, as_version=4), file.stem)
        if receipted.is_document(file.relative_to(site).as_posix()):
            return document.of_json(text)
    except document.UnreadableDocument as error:
        raise BookFailed(f"{paths.shown(file)} cannot be checked. {error}") from None
    return None


def _pdf(file: Path) -> str:
    from pypdf import PdfReader  # print editions are seldom there

    return "\n".join(page.extract_text() for page in PdfReader(file).pages)


def _page(page: document.Page, permits: Sequence["Permit"], lang: str) -> Iterator[str]:
    """Check the parts of a page that rest on answers, each with its receipt."""
    claims = list(page.claims)
    marked = [part for part in claims if part.tables]
    for part in marked:
        responsible = [permit for permit in permits if all(permit.knows(id) for id in part.tables)]
        place = f"at '{part.id or part.tables[0]}'"
        if not responsible:
            yield f"{place}: it names a table that no instrument declares."
            continue
        problems = [list(permit.problems_of(part, lang)) for permit in responsible]
        if all(problems):
            yield from (f"{place}: {problem}" for problem in problems[0])
        if not any(permit.vouches(part, lang) for permit in responsible):
            yield f"receipt '{part.id}': a number that the gate does not give."
    synthetic = [permit for permit in permits if permit.gate.synthetic]
    if marked and synthetic:
        banners = [banner_text(language(lang), permit.edition) for permit in synthetic]
        texts = [text for part in claims for text in part.texts]
        if not any(banner in text for banner in banners for text in texts):
            yield "the page: it shows synthetic answers and does not say so."


def _download(text: str, permits: Sequence["Permit"]) -> Iterator[str]:
    rows = list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))
    if not rows or not {"question", "answer", "count"} <= set(rows[0]):
        return
    for number, row in enumerate(rows, start=2):
        own = [permit for permit in permits if str(permit.edition) == row.get("edition")]
        if not row.get("table") or not own:
            yield f"row {number}: numbers of answers without table or edition."
        elif not own[0].row(row):
            yield f"row {number}: it differs from what the gate permits."
        elif own[0].gate.synthetic and row.get("synthetic") != "true":
            yield f"row {number}: synthetic answers that are not marked."


@dataclass(frozen=True)
class Permit:
    """What may be shown of the answers to an edition."""

    edition: int
    gate: Gate

    @cached_property
    def tables(self) -> dict[str, Published]:
        """Give the declared tables as the gate permits them."""
        return {one.id: self.gate.table(one.id) for one in self.gate.answers.instrument.tables}

    @cached_property
    def _rows(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        return {
            (row["table"], row["group"], row["answer"]): (row["question"], row["count"], row["n"], row["cities"])
            for made in self.tables.values() for _, row in made.frame.iterrows()
        }  # fmt: skip

    def row(self, row: dict[str, str]) -> bool:
        """Say whether a row of a download is what the gate permits."""
        own = self._rows.get((row["table"], row.get("group", ""), row["answer"]))
        return own == (row["question"], row["count"], row.get("n", ""), row.get("cities", ""))

    def knows(self, id: str) -> bool:
        """Say whether a table is declared, or names stand in place of one."""
        names = {question.id for question in self.gate.answers.instrument}
        return id == COUNT or id in self.tables or (id.startswith(NAMED) and id.removeprefix(NAMED) in names)

    def problems_of(self, part: Claim, lang: str) -> Iterator[str]:
        """Say what a part of a document shows that is not permitted."""
        rows = [[document.text_of(cell) for cell in row] for row in rows_of(part)]
        head = list(part.columns) if isinstance(part, Listing | Exhibit) else []
        text = " ".join([*part.texts, *head, *(cell for row in rows for cell in row)])
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in self._quiet):
            yield "a city that wants to be counted only is named beside answers."
        if any(id.startswith(NAMED) for id in part.tables):
            yield from self._by_name(rows, part.tables)
            return
        known = self._numbers(part.tables, lang)
        if any(number.replace(",", ".") not in known for number in self._numbers_in(text, part.tables)):
            yield "a number that the gate does not give."
        if isinstance(part, Exhibit) and len(part.tables) == 1 and part.tables[0] in self.tables:
            yield from self._by_row(rows, self.tables[part.tables[0]], lang)

    def vouches(self, part: Claim, lang: str) -> bool:
        """Say whether the numbers of the receipt of a part are those that may stand with its tables."""
        if any(id.startswith(NAMED) for id in part.tables):
            return True  # answers beside the name of a city: compared where they are shown
        known = self._numbers(part.tables, lang)
        texts = [str(value) for _, values in part.receipt.get("facts", []) for value in values.values()]
        numbers = self._numbers_in(" ".join(texts), part.tables)
        if not all(number.replace(",", ".") in known for number in numbers):
            return False
        # the download has the rows of all groups, each with its own n
        sizes = {n for _, _, n, _ in self._rows.values()}
        return all(str(n) in known | sizes for n in part.receipt.get("n", []))

    def _numbers_in(self, text: str, ids: Sequence[str]) -> list[str]:
        return _NUMBER.findall(self._without_labels(text, ids))

    def _by_row(self, rows: Sequence[Sequence[str]], table: Published, lang: str) -> Iterator[str]:
        """Compare the rows of the table of an exhibit, answer by answer."""
        labels = {choice.code: choice.label[lang] for choice in self.gate.answers.instrument[table.question].choices}
        shown = {row[0]: row[1] for row in rows if len(row) > 1}
        for row in table.of(table.groups[0]) if table.rows else []:
            numbers = _NUMBER.findall(shown.get(labels[row.answer], ""))
            if numbers != ([] if row.count is None else [str(row.count), str(row.n)]):
                yield "a count differs from what the gate gives."

    def _by_name(self, rows: Sequence[Sequence[str]], ids: Sequence[str]) -> Iterator[str]:
        questions = [id.removeprefix(NAMED) for id in ids if id.startswith(NAMED)]
        cities = {str(city) for question in questions for city in self.gate.named(question)["city"]}
        for row in rows:
            if row and not any(row[0].startswith(city) for city in cities):
                yield "a city that does not stand in the permitted list."

    def _without_labels(self, text: str, ids: Sequence[str]) -> str:
        """Take out the wording of the instrument and the ids, whose digits are no numbers from answers."""
        asked = self.gate.answers.instrument
        labels = [label for one in asked for label in one.label.values()]
        labels += [label for one in asked for choice in one.choices for label in choice.label.values()]
        for label in sorted({*labels, *ids}, key=len, reverse=True):
            text = text.replace(label, " ")
        return re.sub(r"[\w-]*[a-z][\w-]*-[\w-]+", " ", text)  # ids of exhibits

    def _numbers(self, ids: Sequence[str], lang: str) -> set[str]:
        """List the numbers that may stand with some tables: counts, n, bounds, ends of intervals, years, the threshold."""
        years = {str(year) for year in study.load().editions}
        found = {*years, str(self.gate.count()), str(THRESHOLD), "0", "95", "100", str(len(ids))}
        for id in ids:
            if id not in self.tables:
                continue
            same = self.gate.same(id)
            for made in [self.tables[id], *(same[1:] if same else ())]:
                found.add(str(made.left_out))
                for row in made.rows:
                    found |= _of_row(row)
        return found

    @cached_property
    def _quiet(self) -> list[str]:
        frame = self.gate.answers.frame
        named = set(frame.loc[frame["consent"] == answers.NAMED, "city"])
        return sorted(set(frame.loc[frame["consent"] != answers.NAMED, "city"]) - named - {""})

    @cached_property
    def _secrets(self) -> list[tuple[str, str]]:
        """List what must stand nowhere, with the name of its question."""
        frame, asked = self.gate.answers.frame, self.gate.answers.instrument
        found = [(value, one.id) for one in asked if one.disclosure == "confidential" and one.type == "text" and one.id in frame
                 for value in frame[one.id] if len(value) >= _TELLING]  # fmt: skip
        contacts = answers.rows_of(answers.private(self.edition) / answers.CONTACTS)
        for line in contacts[1:]:
            found += [(value, name) for name, value in zip(contacts[0], line, strict=False)
                      if name != "response_id" and ("@" in value or len(value) >= _TELLING)]  # fmt: skip
        public = {value for one in asked if one.disclosure == "public" and one.id in frame for value in frame[one.id]}
        return sorted({(value, name) for value, name in found if value not in public})

    def secrets_in(self, text: str) -> Iterator[str]:
        """Name the questions of which a contact or a confidential text stands in a file, as typed, or escaped."""
        plain = html.unescape(text)
        for value, name in self._secrets:
            if value in plain or value in text or json.dumps(value)[1:-1] in text:
                yield f"somewhere in it: an answer to '{name}', which is never published."


def rows_of(part: Claim) -> document.Rows:
    """Give the rows of the table of a part; none where it has no table."""
    return part.rows if isinstance(part, Listing | Exhibit) else ()


def _of_row(row: Row) -> set[str]:
    if row.n is None:
        return set()
    found = {str(row.n)} | ({str(row.cities), str(row.cities - row.n)} if row.cities is not None else set())
    if row.count is not None:
        found.add(str(row.count))
        found |= {f"{100 * end:.1f}" for end in statistics.wilson(row.count, row.n)}
        if row.cities is not None:
            found.add(str(row.count + row.cities - row.n))
    return found
