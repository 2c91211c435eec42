"""What a heading names: a question by its code or its wording in one of the languages, or a choice of it; never by its place.

Survey tools put before it the groups in which it stands, or a number, and after it the choice that a column is for, in
all sorts of brackets and separators. So a heading is taken apart into words, and every way of putting them together again
is looked up.
"""

import difflib
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from analysis.instrument import LANGUAGES, Instrument, Question

OTHER = "other"  # the choice beside which a text may stand
_LONGEST, _MOST_WORDS = 1_000, 150  # of a heading
_SEPARATORS = re.compile(r"[/:.|>\[\](){}\-–—\n]|__")
_CODE = re.compile(
    r"(?!(?:19|20)\d\d$)\w*(?:\d|_)\w*|q|question|pregunta|section|group", re.IGNORECASE
)  # of a group or of a question
_NUMBER = re.compile(r"(?:sq|a|ans|choice|opt|option)?\d{1,3}")
_SELECTED = ("selectedchoice", "opcionseleccionada", "choixselectionne")  # Qualtrics
_OTHERS = ("other", "others", "otro", "otra", "otros", "otras", "autre", "autres")
_SPECIFY = re.compile(
    r"(?:please)?(?:specify|describe|indicate)|(?:porfavor)?(?:especifique|especificar|especifiquelo|indique)(?:porfavor)?"
    r"|(?:veuillez|merci)?(?:de)?(?:a)?precisez?r?"
)
_TEXT = re.compile(rf"(?:{_SPECIFY.pattern})?(?:text|texto|texte|comments?)")
_APPENDED = re.compile(
    r"(?:select|check|choose|mark|tick)allthatapply|(?:seleccione|marque)todaslasque(?:correspondan|apliquen)"
    r"|(?:selectionnez|cochez)(?:tout(?:es)?)?(?:lesreponses)?(?:quiconviennent|cequis?applique)|required|obligatorio|obligatoire"
    r"|(?:open-?ended)?response|respuesta(?:abierta)?|reponse(?:ouverte)?"
)


class Kind(StrEnum):
    """What a column holds of a question."""

    ANSWER = "answer"
    CHOICE = "choice"  # whether a choice is chosen
    PART = "part"  # a choice that is chosen; which, its values say alone


@dataclass(frozen=True)
class Target:
    """What a column holds: the answer to a question, or whether a choice of it is chosen."""

    question: str
    choice: str = ""
    kind: Kind = Kind.ANSWER


@dataclass(frozen=True)
class _Word:
    """A word of a heading as it is compared, and what stands before it."""

    letters: str
    before: str


def letters(text: str) -> str:
    """Write a name as it is compared: small letters and digits without accents; those of other scripts stay."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l").replace("ø", "o").replace("đ", "d"))
    return "".join(letter for letter in plain if letter.isalnum())


def exactly(text: str) -> str:
    """Write a choice as it is compared first: with its signs, so that "under 10" is not "over 10" where signs say so."""
    return "=" + " ".join(unicodedata.normalize("NFC", text).casefold().split())


def choices(question: Question) -> dict[str, set[str]]:
    """Give the codes that each name of a choice stands for, written `exactly`, and by its `letters`."""
    return _named_choices(
        tuple((choice.code, *(choice.label[lang] for lang in LANGUAGES)) for choice in question.choices)
    )


@lru_cache(maxsize=512)
def _named_choices(choices_named: tuple[tuple[str, ...], ...]) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for write in (exactly, letters):
        for code, *labels in choices_named:
            for name in (code, *labels):
                if write(name):
                    known.setdefault(write(name), set()).add(code)
        for code, *_ in choices_named:  # a code is never taken for the wording of another choice
            known[write(code)] = {code}
    return known


def shown(codes: Iterable[str], question: Question) -> str:
    """Write choices as a person reads them."""
    label = {choice.code: choice.label["en"] for choice in question.choices}
    return "; ".join(f"{label[code]} ({code})" for code in codes)


@dataclass(frozen=True)
class Names:
    """All the ways in which a heading can name what its column holds."""

    instrument: Instrument
    _found: dict[str, frozenset[Target]] = field(default_factory=dict, compare=False)

    @cached_property
    def _question_ids(self) -> dict[str, set[str]]:
        names: dict[str, set[str]] = {}
        for question in self.instrument:
            names.setdefault(letters(question.id), set()).add(question.id)
        return names

    @cached_property
    def _question_names(self) -> dict[str, set[str]]:
        """Give the questions by their codes and wordings."""
        names = {name: set(several) for name, several in self._question_ids.items()}
        for question in self.instrument:
            for lang in LANGUAGES:
                names.setdefault(letters(question.label[lang]), set()).add(question.id)
        return names

    @cached_property
    def _by_id(self) -> dict[str, Question]:
        return {question.id: question for question in self.instrument}

    @cached_property
    def _choice_names(self) -> dict[str, dict[str, set[str]]]:
        """Give, for each question with choices, the codes that a name stands for."""
        return {
            question.id: {name: codes for name, codes in choices(question).items() if not name.startswith("=")}
            for question in self.instrument
            if question.choices
        }

    @cached_property
    def _section_names(self) -> dict[str, set[str]]:
        """Give the names of the section of each question, which stand before it where a tool exports groups."""
        return {
            question.id: {
                letters(text)
                for text in (section.id, f"section {section.id}", *section.title.values())
                if letters(text)
            }
            for section in self.instrument.sections
            for question in section.questions
        }

    @cached_property
    def _longest_name(self) -> int:
        return max(map(len, self._question_names), default=0)

    def questions_in(self, row: Sequence[str]) -> set[str]:
        """List the questions that a row of headings names."""
        return {target.question for heading in row if heading.strip() for target in self.find(heading)}

    def takes_several(self, id: str) -> bool:
        """Tell a question with several answers."""
        return self._by_id[id].type == "multiple"

    def nearest(self, heading: str) -> str:
        """Name the question whose code or wording is most like a heading."""
        near = difflib.get_close_matches(letters(heading)[:200], self._question_names, n=1, cutoff=0.0)
        question = self._by_id[min(self._question_names[near[0]])]
        return f"'{question.id}', {question.label['en']}"

    def find(self, heading: str) -> frozenset[Target]:
        """Give what a heading names: nothing, one thing, or several between which nobody can tell."""
        if len(heading) > _LONGEST:
            return frozenset()
        if heading not in self._found:
            self._found[heading] = self._find_targets(_plain_heading(heading))
        return self._found[heading]

    def _find_targets(self, heading: str) -> frozenset[Target]:
        if heading.lower() in self._by_id:
            return frozenset({Target(heading.lower())})
        words = _heading_words(heading)
        if not words or len(words) > _MOST_WORDS:
            return frozenset()
        ways: dict[tuple[bool, int], set[Target]] = {}
        for start, end, target in self._readings_of(heading, words):
            ways.setdefault((end < len(words), start), set()).add(target)
        targets = ways[min(ways)] if ways else self._shortened_heading(heading)
        if ways and len(targets) > 1:
            before = "".join(word.letters for word in words[: min(ways)[1]])
            inside = {
                target for target in targets if any(name in before for name in self._section_names[target.question])
            }
            targets = inside if len(inside) == 1 else targets
        return frozenset(targets)

    def _readings_of(self, heading: str, words: Sequence[_Word]) -> Iterator[tuple[int, int, Target]]:
        """Go through the ways of reading a heading as a question, with something before and after it."""
        for start in range(len(words)):
            name = ""
            for end in range(start + 1, len(words) + 1):
                name += words[end - 1].letters
                if len(name) > self._longest_name:
                    break
                for id in self._question_names.get(name, ()):
                    if self._may_follow(words[:start], words[start].before, id, name):
                        target = self._with_rest(self._by_id[id], "".join(word.letters for word in words[end:]))
                        if target is not None:
                            yield start, end, target

    def _may_follow(self, before: Sequence[_Word], separator: str, id: str, name: str) -> bool:
        """Tell whether a question may be read after these words: groups, numbers or its own code stand before it."""
        if not before:
            return True
        groups = set().union(*self._section_names.values())
        if "_" in separator and "".join(word.letters for word in before) in self._section_names[id]:
            return True
        if not _SEPARATORS.search(separator):
            return False
        own_names = groups | {letters(id)} | {letters(id) + code for code in self._choice_names.get(id, ())}
        by_code = name in self._question_ids and " " not in separator
        return "".join(word.letters for word in before) in own_names or all(
            part in own_names or (by_code and " " not in raw) or _CODE.fullmatch(raw)
            for part, raw in _heading_parts(before)
        )

    def _with_rest(self, question: Question, rest: str) -> Target | None:
        """Read what stands behind a question."""
        for selected in _SELECTED:
            rest = rest.removeprefix(selected)
        hints = {letters(hint) for hint in question.hint.values()}
        if not rest or _APPENDED.fullmatch(rest) or rest in hints:
            return Target(question.id)
        if (choice := self.choice_in(question.id, rest)) is not None:
            return Target(question.id, choice, Kind.CHOICE)
        if question.type == "multiple" and _NUMBER.fullmatch(rest):
            return Target(question.id, "", Kind.PART)
        return None

    def choice_in(self, id: str, text: str) -> str | None:
        """Find the choice of a question for which a column is; for one answer alone, a column of text beside `other`."""
        question, name = self._by_id[id], letters(text)
        known = self._choice_names.get(id, {})
        codes = known.get(name, set())
        if question.type == "multiple" and len(codes) == 1:
            return next(iter(codes))
        if OTHER not in question.codes:
            return None
        called = {word for word, several in known.items() if several == {OTHER}} | set(_OTHERS)
        rests = [name[len(word) :] for word in called if name.startswith(word)]
        beside = any(not rest or _SPECIFY.fullmatch(rest) or _TEXT.fullmatch(rest) for rest in rests)
        return OTHER if beside or _SPECIFY.fullmatch(name) else None

    def _shortened_heading(self, heading: str) -> set[Target]:
        """Read a wording that LimeSurvey has cut short, where one question alone begins so."""
        cut = re.fullmatch(r"(.{12,}?)\s*(?:\.\.+|…)\s*(?:\[(.+)\])?", heading)
        if not cut:
            return set()
        begun = letters(cut[1])
        ids = {id for name, several in self._question_names.items() if name.startswith(begun) for id in several}
        if len(ids) != 1:
            return {Target(id) for id in ids}
        target = self._with_rest(self._by_id[ids.pop()], letters(cut[2] or ""))
        return {target} if target else set()


def _plain_heading(heading: str) -> str:
    """Take out what makes a heading bold or required."""
    text = re.sub(r"<[^<>]{1,200}>", " ", heading) if "<" in heading else heading
    return html.unescape(text).strip().rstrip("*").strip()


def _heading_words(heading: str) -> list[_Word]:
    words, end = [], 0
    for match in re.finditer(r"[^\W_]+", unicodedata.normalize("NFC", heading)):
        if name := letters(match[0]):
            words.append(_Word(name, heading[end : match.start()]))
            end = match.end()
    return words


def _heading_parts(words: Sequence[_Word]) -> Iterator[tuple[str, str]]:
    """Give the parts before a question, group by group: their letters, and how they are written."""
    part, raw = "", ""
    for word in words:
        if part and _SEPARATORS.search(word.before):
            yield part, raw
            part, raw = "", ""
        part += word.letters
        raw += f"{'_' if '_' in word.before else ' ' if raw else ''}{word.letters}"
    if part:
        yield part, raw
