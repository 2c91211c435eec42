"""Which question a column answers: by its code, else by its wording in one of the languages; never by its place."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.instrument import LANGUAGES, Instrument, Question

PLACE_ID, SYNTHETIC = "place_id", "synthetic"
_SPECIAL = {
    "placeid": PLACE_ID,
    "geonamesid": PLACE_ID,
    "geonames": PLACE_ID,
    "geonameid": PLACE_ID,
    "synthetic": SYNTHETIC,
}
# time at which an answer was sent, the surest first; as survey tools call it
_TIMES = ("submissiontime", "submitdate", "timestamp", "marcatemporal", "horodateur", "datestamp", "end")
_METADATA = {
    "id", "uuid", "start", "today", "deviceid", "username", "phonenumber", "simserial", "subscriberid", "validationstatus",
    "notes", "status", "submittedby", "version", "tags", "index", "parentindex", "metainstanceid", "metainstancename", "formhubuuid",
    "lastpage", "startlanguage", "seed", "startdate", "token", "ipaddr", "refurl", "responseid", "datelastaction", "datesubmitted",
    "metarootuuid", "instanceid", "rootuuid", "audit", "attachments", "geolocation", "xformidstring",
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """What a column holds: the answer to a question, or whether a choice of it is chosen."""

    question: str
    choice: str = ""


@dataclass(frozen=True)
class Columns:
    """The columns of a file by what they hold; `doubtful` ones match several questions."""

    of: dict[str, list[tuple[int, str]]]  # question: places, with the choice of each
    special: dict[str, list[int]]
    times: list[int]
    metadata: list[str]
    unknown: list[str]
    doubtful: dict[str, tuple[str, ...]]


def letters(text: str) -> str:
    """Write a name as it is compared: small letters and digits without accents; those of other scripts stay."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l").replace("ø", "o").replace("đ", "d"))
    return "".join(letter for letter in plain if letter.isalnum())


@dataclass(frozen=True)
class Names:
    """All the ways in which a column can name what it holds."""

    instrument: Instrument

    @cached_property
    def _tiers(self) -> list[dict[str, set[Target]]]:
        """Give the names: codes, codes without signs (LimeSurvey knows no underscore), wordings; the first that fits counts."""
        exact: dict[str, set[Target]] = {}
        plain: dict[str, set[Target]] = {}
        worded: dict[str, set[Target]] = {}
        for one in self.instrument:
            exact.setdefault(one.id, set()).add(Target(one.id))
            plain.setdefault(letters(one.id), set()).add(Target(one.id))
            wordings = {letters(one.label[lang]) for lang in LANGUAGES}
            wordings |= {letters(one.id) + wording for wording in wordings}
            for wording in wordings:
                worded.setdefault(wording, set()).add(Target(one.id))
            for choice in one.choices if one.type == "multiple" else ():
                exact.setdefault(f"{one.id}/{choice.code}", set()).add(Target(one.id, choice.code))
                plain.setdefault(f"{letters(one.id)}/{letters(choice.code)}", set()).add(Target(one.id, choice.code))
                for wording in {letters(one.id), *wordings}:
                    for called in {letters(choice.code), *(letters(choice.label[lang]) for lang in LANGUAGES)}:
                        worded.setdefault(f"{wording}/{called}", set()).add(Target(one.id, choice.code))
        return [exact, plain, worded]

    @cached_property
    def _sections(self) -> dict[str, set[str]]:
        """Give the names of the section of each question, which stand before it where a tool exports groups."""
        return {
            one.id: {letters(text) for text in (section.id, *section.title.values()) if letters(text)}
            for section in self.instrument.sections
            for one in section.questions
        }

    def known(self, heading: str) -> bool:
        """Tell a heading that names a question."""
        return bool(self.find(heading))

    def find(self, heading: str) -> set[Target]:
        """Give what a heading names: nothing, one thing, or several between which nobody can tell."""
        heading = re.sub(r"\s*\[([^\[\]]*)\]\s*$", r"/\1", heading.strip())
        parts = [part.strip() for part in heading.split("/")]
        for tier, names in enumerate(self._tiers):
            for start in range(len(parts)):  # groups stand before the question; a wording may have a slash of its own
                rest = parts[start:]
                forms = ["/".join(rest).lower()] if tier == 0 else _forms(rest)
                found = {target for form in forms if form for target in names.get(form, ())}
                if len(found) > 1:
                    before = letters("".join(parts[:start]))
                    inside = {one for one in found if any(name in before for name in self._sections[one.question])}
                    found = inside if len(inside) == 1 else found
                if found:
                    return found
        return set()

    def columns(self, header: Sequence[str]) -> Columns:
        """Say of each column what it holds."""
        result = Columns({}, {}, [], [], [], {})
        times: dict[int, int] = {}
        for place, heading in enumerate(header):
            found, name = self.find(heading), letters(heading)
            if len(found) > 1:
                result.doubtful[heading] = tuple(sorted({one.question for one in found}))
            elif found:
                (target,) = found
                result.of.setdefault(target.question, []).append((place, target.choice))
            elif name in _SPECIAL:
                result.special.setdefault(_SPECIAL[name], []).append(place)
            elif name in _TIMES:
                times[place] = _TIMES.index(name)
                result.metadata.append(heading)
            elif name in _METADATA or heading.startswith("__"):
                result.metadata.append(heading)
            else:
                result.unknown.append(heading or f"(no heading, column {place + 1})")
        result.times.extend(sorted(times, key=lambda place: (times[place], place)))
        return result


def _forms(parts: Sequence[str]) -> list[str]:
    """Write a heading with each of its slashes taken for the one before the choice, and for none."""
    forms = [letters("".join(parts))]
    forms += [f"{letters(''.join(parts[:cut]))}/{letters(''.join(parts[cut:]))}" for cut in range(1, len(parts))]
    return forms


def exactly(text: str) -> str:
    """Write a choice as it is compared first: with its signs, so that "under 10" is not "over 10" where signs say so."""
    return "=" + " ".join(unicodedata.normalize("NFC", text).casefold().split())


def choices(question: Question) -> dict[str, set[str]]:
    """Give the codes that each name of a choice stands for, written `exactly`, and by its `letters`."""
    known: dict[str, set[str]] = {}
    for write in (exactly, letters):
        for choice in question.choices:
            for name in (choice.code, *(choice.label[lang] for lang in LANGUAGES)):
                if write(name):
                    known.setdefault(write(name), set()).add(choice.code)
        for choice in question.choices:  # a code is never taken for the wording of another choice
            known[write(choice.code)] = {choice.code}
    return known


def shown(codes: Iterable[str], question: Question) -> str:
    """Write choices as a person reads them."""
    label = {choice.code: choice.label["en"] for choice in question.choices}
    return "; ".join(f"{label[code]} ({code})" for code in codes)
