"""The report on what differs between two builds: as text, and as one page with its pictures."""

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
from markupsafe import Markup

from analysis import files, paths
from analysis.receipts import SENTENCE, TITLE
from analysis.review.comparer import DATA, NAME, PICTURE, RECEIPT, SORT, TABLE, VALUES, WORDS, Difference
from analysis.review.pictures import RENDERING
from analysis.review.rows import CAME, CHANGED, WENT, Detail

_WORDS = re.compile(r"\d+(?:[.,]\d+)*|\w+|\s+|[^\w\s]")
_AROUND = 14  # words and blanks that the screen shows around what changed
_LETTERS = 160  # of a text on the screen
_DETAILS = 6  # of a difference on the screen
_ROWS = 400  # of a difference on the page
_PICTURES = 60  # differences whose pictures the page shows; it stays one that a browser opens and a mail takes
_SHORT = 40  # letters of a value that is shown beside its sentence too


@dataclass(frozen=True)
class Sides:
    """How both builds are called: in captions, before values, for what one has alone."""

    captions: tuple[str, str]
    verbs: tuple[str, str] | None = None
    alone: Mapping[str, str] = field(default_factory=lambda: {CAME: CAME, WENT: WENT})


@dataclass(frozen=True)
class Section:
    """Differences under a heading, and sentences on them."""

    title: str
    differences: Sequence[Difference]
    notes: Sequence[str] = ()
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def places(self) -> list[tuple[str, list[Difference]]]:
        """Give the differences by their places."""
        groups = itertools.groupby(self.differences, key=lambda difference: difference.place)
        return [(place, list(group)) for place, group in groups]


@dataclass(frozen=True)
class Report:
    """What was compared, and what came of it.

    Parameters
    ----------
    title
        The result in one sentence.
    sections, sides
        Differences, and how the two builds are called.
    about
        What was taken, by name.
    notes
        Sentences at the end.
    limit
        How many differences of a section the text shows; all where none is given.
    conditions
        Conditions of both builds, as name and two values.
    """

    title: str
    sections: Sequence[Section]
    sides: Sides
    about: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    limit: int | None = None
    conditions: Sequence[tuple[str, str, str]] = ()

    @property
    def same(self) -> bool:
        """Tell whether nothing differs, nor has one side alone a language."""
        return not self.notes and not any(section.differences for section in self.sections)

    @property
    def wrong(self) -> bool:
        """Tell whether something differs that rendering does not explain."""
        differences = [difference for section in self.sections for difference in section.differences]
        return any(difference.how != RENDERING for difference in differences)

    @property
    def text(self) -> str:
        """Give the report as text for the screen."""
        lines = [f"{name}: {what}" for name, what in self.about.items()]
        lines += [self.title] if self.title else []
        for section in self.sections:
            lines += ["", section.title] if section.title else []
            shown = section.differences[: self.limit]
            for place, differences in Section("", shown).places:
                lines += [f"  {line}" for line in self._place_lines(place, differences)]
            rest = len(section.differences) - len(shown)
            lines += [f"  … and {rest} more."] if rest else []
            lines += [f"  {note}" for note in section.notes]
        return "\n".join([*lines, *self.notes])

    def _place_lines(self, place: str, differences: Sequence[Difference]) -> Iterator[str]:
        alone = len(differences) == 1 and not differences[0].subject
        yield f"{place}: {self.heading(differences[0])}" if alone else place
        for difference in differences:
            if not alone:
                yield f"  {': '.join(filter(None, (difference.subject, self.heading(difference))))}"
            yield from (f"    {line}" for line in self._lines(difference))

    def heading(self, difference: Difference) -> str:
        """Say how something differs."""
        return difference.what or self.sides.alone.get(difference.how, difference.meaning)

    def _lines(self, difference: Difference) -> Iterator[str]:
        before, after = difference.texts
        if difference.how in (CAME, WENT):
            yield from filter(None, [after or before])
        elif difference.kind in (SENTENCE, TITLE) and any(difference.texts):
            yield self.pair_text(before, after)
        details = [detail for detail in difference.details if self._is_told(detail, difference)]
        yield from (self.detail_text(detail) for detail in details[:_DETAILS])
        if len(details) > _DETAILS:
            yield f"and {len(details) - _DETAILS} more values"
        yield from difference.notes

    def _is_told(self, detail: Detail, difference: Difference) -> bool:
        """Leave out what the sentence or pictures show, and what follows from other data."""
        if detail.part in (PICTURE, SORT):
            return False
        if detail.part == VALUES:
            return bool(detail.name) and max(len(detail.before), len(detail.after)) <= _SHORT
        follows = DATA in difference.parts and not self.sides.verbs
        if detail.part == WORDS:
            return not (follows and detail.name != "title") and bool(detail.name or not any(difference.texts))
        return not (follows and detail.part == TABLE)

    def detail_text(self, detail: Detail) -> str:
        """Write a detail in one line."""
        if detail.part == NAME:
            return f"it was {detail.before}: links and citations to that name break"
        if detail.part == RECEIPT and not detail.before and not detail.after:
            return detail.label
        if detail.how != CHANGED and not self.sides.verbs:
            value = detail.after or detail.before
            return f"{detail.label} {detail.how}{f', {value}' if value else ''}"
        joined = " " if detail.part in (DATA, TABLE) and not self.sides.verbs else ": "
        moved = f" ({detail.moved})" if detail.moved and not self.sides.verbs else ""
        pair = self.pair_text(detail.before, detail.after, marked=detail.part == WORDS)
        return f"{detail.label}{joined}{pair}{moved}" if detail.label else pair

    def pair_text(self, before: str, after: str, *, marked: bool = True) -> str:
        """Write two texts in one line, cut to what differs."""
        if self.sides.verbs:
            shown = [f"“{text}”" if text else "nothing" for text in _cut_texts(before, after)]
            return ", ".join(f"{verb} {text}" for verb, text in zip(self.sides.verbs, shown, strict=True))
        return _worded(before, after) if marked else f"{before or 'none'} → {after or 'none'}"

    def write(self, file: Path) -> Path:
        """Write the report as one page of HTML, and give its file."""
        source = (Path(__file__).parent / "report.html.jinja").read_text(encoding="utf-8")
        environment = jinja2.Environment(
            autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        page = environment.from_string(source).render(
            report=self, marked=_marked, rows=_ROWS, pictures=_Pictures(), tabled=(DATA, TABLE), grouped=_grouped
        )
        files.write_whole(file, page)
        return file


def page_file(name: str, page: str = "index") -> Path:
    """Give the file of the report of a command, `_build/diff/index.html` say."""
    return paths.build() / name / f"{page}.html"


def _cut_texts(before: str, after: str) -> tuple[str, str]:
    """Cut long texts around the first letter that differs."""
    shortest = min(len(before), len(after))
    start = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    low = max(0, start - _LETTERS // 2) if max(len(before), len(after)) > _LETTERS else 0
    high = low + _LETTERS
    old, new = ("…" * bool(low) + text[low:high] + "…" * (len(text) > high) for text in (before, after))
    return old, new


def _pieces(before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """Cut two texts in pieces that are equal, and pieces that went and came instead."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield what, "".join(old[a:b]), "".join(new[c:d])


def _worded(before: str, after: str) -> str:
    """Mark what went and came as the word difference of git does, without long equal parts."""
    out = []
    for what, gone, come in _pieces(before, after):
        if what == "equal":
            words = _WORDS.findall(come)
            long = len(words) > 2 * _AROUND
            out.append("".join([*words[:_AROUND], " … ", *words[-_AROUND:]]) if long else come)
        else:
            out.append(f"{f'[-{gone}-]' if gone else ''}{f'{{+{come}+}}' if come else ''}")
    return "".join(out)


def _marked(before: str, after: str) -> Markup:
    """Mark what went and what came in a text."""
    out = Markup()
    for what, gone, come in _pieces(before, after):
        if what == "equal":
            out += come
        else:
            out += Markup("<del>{}</del>").format(gone) if gone else ""
            out += Markup("<ins>{}</ins>").format(come) if come else ""
    return out


def _grouped(details: Sequence[Detail]) -> list[tuple[str, list[Detail]]]:
    """Give values by their rows."""
    return [(key, list(group)) for key, group in itertools.groupby(details, key=lambda detail: detail.key)]


class _Pictures:
    """Gives pictures as addresses, as long as the page does not grow too heavy."""

    def __init__(self) -> None:
        self._left = _PICTURES

    def __call__(self, difference: Difference, captions: tuple[str, str]) -> list[tuple[str, str]]:
        """Give caption and address of both pictures; none where there are too many already."""
        pairs = list(zip(captions, difference.pictures or (), strict=False))
        self._left -= bool(pairs)
        if self._left < 0:
            return []
        return [(caption, files.data_uri("image/svg+xml", picture)) for caption, picture in pairs if picture]
