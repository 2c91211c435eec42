"""Storing answers in the private folder: answers, contacts, and the trace of corrections; each file is written whole.

Equal answers give equal bytes, so that taking a file in twice changes nothing.
"""

import contextlib
import csv
import datetime
import io
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from analysis import answers, files, instrument
from analysis.answers import ABOUT, ANSWERS, CONTACTS, TRACE
from analysis.errors import InvalidData
from analysis.instrument import Instrument
from analysis.survey.intake_places import Place
from analysis.survey.intake_values import Wrong

_TRACE = ("response_id", "received", "replaced", "source")
_OURS = re.compile(
    r"answers\.csv|contacts\.csv|trace\.csv|about\.json|report-[0-9a-f]{12}\.(html|xlsx)|\.unfinished-.*"
)


class Change(StrEnum):
    """What became of a row that was valid."""

    ENTERED = "entered"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


class Store:
    """The stored answers of an edition, while new ones come in."""

    def __init__(self, edition: int, asked: Instrument) -> None:
        self._folder, self._asked, self._edition = answers.private(edition), asked, edition
        about = answers.about(edition)
        self.synthetic = bool(about["synthetic"]) if "synthetic" in about else None
        sent = about.get("sent")
        self._sent: dict[str, str] = dict(sent) if isinstance(sent, dict) else {}  # moments, where they are known
        self._answers = self._stored_rows(ANSWERS, answers.columns(asked))
        self._contacts = self._stored_rows(
            CONTACTS, ["response_id", *(question.id for question in answers.contacts(asked))]
        )
        self._trace = {tuple(row) for row in answers.rows_of(self._folder / TRACE)[1:]}

    def _stored_rows(self, name: str, columns: list[str]) -> dict[str, dict[str, str]]:
        """Read a table by response, in the columns of the instrument as it is now; nothing that was answered may be lost."""
        header, *rows = answers.rows_of(self._folder / name) or [columns]
        if any(len(row) != len(header) for row in rows):
            raise InvalidData(
                f"The stored {name} of {self._edition} is damaged. Purge it and take the answers in anew."
            )
        lost = {column for row in rows for column, text in zip(header, row, strict=True) if text} - set(columns)
        if lost:
            raise InvalidData(
                f"data/instruments/{self._edition}.yml lacks questions that are answered already: {', '.join(sorted(lost))}. "
                f"Restore them, or begin anew: study private purge {self._edition}"
            )
        return {row[0]: dict.fromkeys(columns, "") | dict(zip(header, row, strict=True)) for row in rows}

    def differs(self, place: Place, consent: str, values: Mapping[str, str]) -> bool:
        """Tell whether another answer of a city is stored."""
        before = self._answers.get(place.response)
        return before is not None and _answer_digest(before) != _answer_digest(_answer_row(place, consent, values))

    def put(
        self, place: Place, consent: str, values: Mapping[str, str], contacts: Mapping[str, str],
        sent: datetime.datetime | None, source: str,
    ) -> Change:  # fmt: skip
        """Put the answer of a city in; an answer that a later one has replaced is `Wrong`."""
        id = place.response
        row = _answer_row(place, consent, values)
        before = self._answers.get(id)
        change = Change.ENTERED
        if before is not None and _answer_digest(before) == _answer_digest(row):
            change, row["received"] = Change.UNCHANGED, before["received"]
        else:
            row["received"] = (sent or datetime.datetime.now(datetime.UTC)).date().isoformat()
        if before is not None and change is Change.ENTERED:
            counts = self._sent.get(id, before["received"])
            if sent and sent.isoformat() < counts:
                raise Wrong(f"an answer sent after the one that counts, received on {before['received']}")
            earlier = {trace[2] for trace in self._trace if trace[0] == id}
            if _answer_digest(row) in earlier and not (sent and sent.isoformat() > counts):
                raise Wrong(
                    "an answer that no correction has replaced", "If it counts again, send it with a column timestamp"
                )
            self._trace.add((id, row["received"], _answer_digest(before), source[:12]))
            change = Change.REPLACED
        self._answers[id] = row
        if change is not Change.UNCHANGED:
            self._sent.pop(id, None)
            self._sent |= {id: sent.isoformat()} if sent else {}
        if any(contacts.values()):
            self._contacts[id] = {"response_id": id, **contacts}
        return change

    def save(self, synthetic: bool) -> None:
        """Write all that is stored; what says that answers are synthetic comes first."""
        content = files.digest_file(instrument.file_of(self._edition))
        about = {"instrument": content, "sent": self._sent, "synthetic": synthetic}
        write(self._folder / ABOUT, json.dumps(about, indent=1, sort_keys=True) + "\n")
        write(self._folder / TRACE, _csv_text([list(_TRACE), *sorted(map(list, self._trace))]))
        for name, rows in ((CONTACTS, self._contacts), (ANSWERS, self._answers)):
            columns = {CONTACTS: ["response_id", *(question.id for question in answers.contacts(self._asked))]}
            header = columns.get(name) or answers.columns(self._asked)
            write(
                self._folder / name,
                _csv_text([header, *([row[column] for column in header] for _, row in sorted(rows.items()))]),
            )


def _answer_row(place: Place, consent: str, values: Mapping[str, str]) -> dict[str, str]:
    """Write an answer as it is stored, but for the day on which it was received."""
    return {
        "response_id": place.response,
        "place_id": place.id,
        "city": place.name,
        "country_iso3": place.iso3,
        "received": "",
        "consent": consent,
        **values,
    }


def _answer_digest(row: Mapping[str, str]) -> str:
    """Digest what a city said, whenever it was received; questions that were added since and are empty count for nothing."""
    return files.digest(json.dumps([[key, text] for key, text in row.items() if text and key != "received"]).encode())[
        :16
    ]


def _csv_text(rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def write(file: Path, content: str | bytes) -> None:
    """Write a private file whole or not at all; it is begun beside its place, so that it never lies elsewhere."""
    raw = content.encode() if isinstance(content, str) else content
    if file.is_file() and file.read_bytes() == raw:
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(raw)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def stored(edition: int) -> tuple[list[Path], list[Path]]:
    """List what `study intake` has written for an edition, and what else lies in its private folder."""
    folder = answers.private(edition)
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    return [entry for entry in entries if _is_ours(entry)], [entry for entry in entries if not _is_ours(entry)]


def _is_ours(file: Path) -> bool:
    return file.is_file() and bool(_OURS.fullmatch(file.name))


def purge(edition: int) -> Iterator[Path]:
    """Delete what `study intake` has written for an edition, and the folder where nothing else lies in it."""
    for file in stored(edition)[0]:
        file.unlink()
        yield file
    with contextlib.suppress(OSError):
        answers.private(edition).rmdir()
