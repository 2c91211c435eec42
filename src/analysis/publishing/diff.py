"""What changed between two builds, told to a reviewer: as text on the screen, and as one page of HTML that holds its pictures."""

import difflib
import itertools
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from analysis import config, files, paths
from analysis.errors import StudyError
from analysis.execution.runs import Run
from analysis.publishing import builds, comparing
from analysis.publishing.builds import Build, Selection
from analysis.publishing.comparing import (
    CAME,
    CHANGED,
    DATA,
    MADE,
    PICTURE,
    WENT,
    Change,
    PointChange,
    ValueChange,
)
from analysis.receipts import SENTENCE, TITLE

_WORDS = re.compile(r"\d+(?:[.,]\d+)*|\w+|\s+|[^\w\s]")
_AROUND = 14  # words and blanks that the screen shows around what changed
_LINES = 5  # values of one exhibit that the screen shows
_ROWS = 400  # values of one exhibit that the page shows
_PICTURES = 60  # exhibits whose pictures the page shows; it stays one that a browser opens and a mail takes
_MEANINGS = {
    "name": "other name", "data": "other data", "picture": "drawn differently", "table": "other table", "values": "other values",
    "words": "other wording", "sort": "another kind of paragraph",
}  # fmt: skip
_SHORT = 40  # letters of a value that is shown beside its sentence too


@dataclass(frozen=True)
class Page:
    """A page whose meaning changed, with what changed on it."""

    name: str
    changes: Sequence[Change]


@dataclass(frozen=True)
class Comparison:
    """Two builds compared in one language.

    Parameters
    ----------
    lang
        The language.
    pages
        Pages whose meaning changed.
    came, went
        Pages of the newer and of the older build alone.
    same
        How many pages have the same meaning.
    made
        Claims that mean the same but were made otherwise.
    """

    lang: str
    pages: Sequence[Page]
    came: Sequence[str]
    went: Sequence[str]
    same: int
    made: Sequence[Change]

    @property
    def summary(self) -> str:
        """Say in one line what there is."""
        counts = {"changed": len(self.pages), "came": len(self.came), "went": len(self.went)}
        said = [f"{n} {'page' if n == 1 else 'pages'} {what}" for what, n in counts.items() if n or what == "changed"]
        return f"{self.lang}: {', '.join(said)}, {self.same} of the same meaning"

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Say from what else claims of the same meaning were made, and of how many that is true."""
        return Counter(note for one in self.made for note in one.notes).most_common()


@dataclass(frozen=True)
class Report:
    """Two builds compared: what was taken, and what came of it in each language."""

    old: str
    new: str
    languages: Sequence[Comparison]
    alone: Sequence[str] = ()

    @property
    def same(self) -> bool:
        """Tell whether nothing changed its meaning."""
        return not self.alone and not any(one.pages or one.came or one.went for one in self.languages)


def compare(old: Build, new: Build, lang: str | None = None) -> Report:
    """Compare two builds in one language, or in all that both have.

    Raises
    ------
    StudyError
        Where there is no language to compare in.
    """
    ours, theirs = old.languages(), new.languages()
    known = [code for code in config.load().languages if code in ours | theirs] + sorted(
        (ours | theirs) - {*config.load().languages}
    )
    wanted = [code for code in known if lang in (None, code)]
    both = [code for code in wanted if code in ours & theirs]
    if not both:
        has = "; ".join(f"{build.name} has {', '.join(sorted(build.languages())) or 'none'}" for build in (old, new))
        raise StudyError(f"There is no language to compare in{f', {lang} being asked for' if lang else ''}: {has}.")
    alone = [f"{code}: in {(old if code in ours else new).name} alone" for code in wanted if code not in both]
    return Report(old.name, new.name, [_in_language(old, new, code) for code in both], alone)


def _in_language(old: Build, new: Build, lang: str) -> Comparison:
    before, after = ({page: file for (code, page), file in build.pages.items() if code == lang} for build in (old, new))
    pages, made, same = [], list[Change](), 0
    for name in [page for page in after if page in before]:
        changes = _of_page(before[name], after[name], name)
        meant = [one for one in changes if one.how != MADE]
        made += [one for one in changes if one.how == MADE]
        same += not meant
        pages += [Page(name, meant)] if meant else []
    came, went = [page for page in after if page not in before], [page for page in before if page not in after]
    return Comparison(lang, pages, came, went, same, made)


def _of_page(before: Path, after: Path, name: str) -> list[Change]:
    if before.read_bytes() == after.read_bytes():
        return []
    return comparing.claim_changes(builds.claims_of(before, name), builds.claims_of(after, name))


def meaning(change: Change) -> str:
    """Say in a few words how a claim changed."""
    if change.how != CHANGED:
        return change.how
    if change.kind not in (SENTENCE, TITLE) and PICTURE in change.parts and DATA not in change.parts:
        said = [_MEANINGS[part] for part in _MEANINGS if part in change.parts and part != PICTURE]
        return ", ".join([f"same numbers, drawn differently{_shown_alike(change)}", *said])
    numbers = all(any(map(str.isdigit, value.before + value.after)) for value in change.values)
    said = [
        "other numbers" if part == "values" and numbers else text
        for part, text in _MEANINGS.items()
        if part in change.parts
    ]
    return f"{said[0]} only" if change.kind == SENTENCE and len(said) == 1 else ", ".join(said)


def values(change: Change) -> list[ValueChange]:
    """Give the values of a sentence to show beside it: those that have a name and are short."""
    return [one for one in change.values if one.name and max(len(one.before), len(one.after)) <= _SHORT]


def _shown_alike(change: Change) -> str:
    """Say whether a picture of the same data has the same lines, areas and texts in the units of the data."""
    drawn = [one.receipt.get("digests", {}).get("drawn") for one in (change.before, change.after) if one]
    if None in drawn or len(drawn) < 2:
        return ""
    return (
        " (the same lines and texts: colours or layout changed)" if drawn[0] == drawn[1] else " (other lines or texts)"
    )


def where(change: Change) -> str:
    """Name a claim: an exhibit or listing by its name, a sentence by its cell."""
    one = change.after or change.before
    if change.kind == SENTENCE:
        cell = str(one.receipt.get("cell", [""])[0]) if one else ""
        return f"sentence of '{cell}'" if cell else "sentence"
    return change.kind if change.kind == TITLE else f"{change.kind} {change.id}"


def text(report: Report) -> str:
    """Write a report as text for the screen: short, with the first values of each exhibit."""
    lines = [f"Before: {report.old}", f"After: {report.new}"]
    for one in report.languages:
        lines += ["", one.summary]
        lines += [f"  {name}: {what}" for what, names in ((CAME, one.came), (WENT, one.went)) for name in names]
        for page in one.pages:
            lines += ["", f"  {page.name}"]
            lines += [f"    {line}" for change in page.changes for line in _told(change)]
        if one.made:
            lines += ["", f"  {len(one.made)} {_claims(len(one.made))} the same and made otherwise, not listed."]
            lines += [
                f"    {textwrap.shorten(note, 110)} ({n} {'claim' if n == 1 else 'claims'})"
                for note, n in one.reasons[:_LINES]
            ]
            lines += _more(len(one.reasons) - _LINES, "reasons")
    return "\n".join([*lines, *(f"\n{line}" for line in report.alone)])


def _claims(n: int) -> str:
    return "claim is" if n == 1 else "claims are"


def _more(n: int, what: str) -> list[str]:
    return [f"    and {n} more {what}"] if n > 0 else []


def _told(change: Change) -> Iterator[str]:
    """Tell of one change in lines."""
    yield f"{where(change)}: {meaning(change)}"
    if change.kind in (SENTENCE, TITLE):
        yield f"  {_worded(change.before.text if change.before else '', change.after.text if change.after else '')}"
        yield from (f"    {value.name}: {value.before or 'none'} → {value.after or 'none'}" for value in values(change))
    elif change.how == CHANGED:
        if change.before and change.before.id != change.id:
            yield f"  it was {change.before.id}: links and citations to that name break"
        points = change.points or change.rows
        yield from (f"  {point_text(point)}" for point in points[:_LINES])
        yield from _more(len(points) - _LINES, "values")
        for name, before, after in change.lines:
            if not change.points or name == "title":  # other data give another description
                yield f"  {name}: {_worded(before, after)}"
    else:
        one = change.after or change.before
        yield f"  {one.text.partition(chr(10))[0] if one else ''}"


def _worded(before: str, after: str) -> str:
    """Write a text with what went and what came in it marked, as the word difference of git does, and long parts left out."""
    out = []
    for what, gone, come in _pieces(before, after):
        if what == "equal":
            words = _WORDS.findall(come)
            left_out = len(words) > 2 * _AROUND
            out.append("".join([*words[:_AROUND], " … ", *words[-_AROUND:]]) if left_out else come)
        else:
            out.append(f"{f'[-{gone}-]' if gone else ''}{f'{{+{come}+}}' if come else ''}")
    return "".join(out)


def _pieces(before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """Cut two texts in pieces that are equal, and pieces that went and came instead."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield what, "".join(old[a:b]), "".join(new[c:d])


def point_text(point: PointChange) -> str:
    """Write the change of a value in one line."""
    name = ": ".join(part for part in (point.key, point.column) if part)
    if point.kind != "changed":
        value = point.after or point.before
        return f"{name} {point.kind}{f', {value}' if value else ''}"
    return f"{name} {point.before or 'empty'} → {point.after or 'empty'}{f' ({moved(point)})' if moved(point) else ''}"


def moved(point: PointChange) -> str:
    """Write by how much a number moved; empty where one of the two is none."""
    if point.kind != "changed" or point.difference is None:
        return ""
    return f"{point.difference:+f}".replace("-", "\N{MINUS SIGN}")


def write(report: Report, file: Path | None = None) -> Path:
    """Write a report as one page of HTML, `_build/diff/index.html` where no file is named, and give its file."""
    file = file or paths.build() / "diff" / "index.html"
    source = (Path(__file__).parent / "diff.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.from_string(source).render(
        report=report, meaning=meaning, where=where, values_of=values, marked=marked, moved=moved, grouped=_grouped, rows=_ROWS,
        pictures=_Pictures(), sentences=(SENTENCE, TITLE),
    )  # fmt: skip
    files.write_whole(file, page)
    return file


def marked(before: str, after: str) -> Markup:
    """Write a text with what went and what came in it marked."""
    out = Markup()
    for what, gone, come in _pieces(before, after):
        if what == "equal":
            out += come
        else:
            out += Markup("<del>{}</del>").format(gone) if gone else ""
            out += Markup("<ins>{}</ins>").format(come) if come else ""
    return out


def _grouped(points: Sequence[PointChange]) -> list[tuple[str, list[PointChange]]]:
    """Give the changed values by their rows."""
    return [(key, list(found)) for key, found in itertools.groupby(points, key=lambda point: point.key)]


class _Pictures:
    """Gives the pictures of exhibits as addresses, as long as the page does not grow too heavy."""

    def __init__(self) -> None:
        self._left = _PICTURES

    def __call__(self, change: Change) -> list[tuple[str, str, str]]:
        """Give caption, address and alternative text of the pictures before and after; none where there are too many already."""
        sides = (("Before", change.before), ("After", change.after))
        both = [(name, one) for name, one in sides if one is not None and one.narrow]
        if not both:
            return []
        self._left -= 1
        if self._left < 0:
            return []
        # drawn for a phone they stand side by side; the wide ones where they alone differ
        wide = len(both) == 2 and both[0][1].narrow == both[1][1].narrow
        return [
            (name, files.data_uri("image/svg+xml", one.wide if wide else one.narrow), one.text.rpartition("\n")[2])
            for name, one in both
        ]


def run(old: str, new: str, selection: Selection, execute: Callable[[Sequence[Run]], None]) -> Report:
    """Take two builds by their names and compare them.

    Parameters
    ----------
    old, new
        As `builds.named` takes them; `.` is the compendium as it stands.
    selection
        What to compare.
    execute
        Called with the runs of the compendium that must be fresh.
    """
    found: dict[str, Build] = {}
    # the compendium first: what is fresh there need not be executed for a commit
    for name in sorted([old, new], key=lambda name: not builds.is_here(name)):
        if builds.is_here(name):
            chosen = builds.here(selection)
            execute(chosen)
            found[name] = builds.of_runs(chosen)
        else:
            found[name] = builds.named(name, selection)
    return compare(found[old], found[new], selection.lang)
