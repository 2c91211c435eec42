"""What each column of a file holds, by all the rows of its header and by the columns before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.survey import intake_tools as tools
from analysis.survey.intake_names import Kind, Names, Target, letters

PLACE_ID, SYNTHETIC = "place_id", "synthetic"
_SPECIAL = {
    "placeid": PLACE_ID,
    "geonamesid": PLACE_ID,
    "geonames": PLACE_ID,
    "geonameid": PLACE_ID,
    "synthetic": SYNTHETIC,
}
# what tools write in a second row of headings where a question has no choices of its own
RESPONSE = frozenset(
    letters(text)
    for text in (
        "Response", "Open-Ended Response", "Respuesta", "Respuesta abierta", "Réponse", "Réponse ouverte", "Open-ended response text",
        "Texte libre", "Respuesta libre", "Selected Choice",
    )
)  # fmt: skip
_BY_PANDAS = "Unnamed: "  # how the library pandas calls a column without a heading
_NO_ANSWER = "#"  # begins the heading of a column that is no answer


@dataclass
class Columns:
    """The columns of a file by what they hold; `doubtful` ones match several questions."""

    names: list[str]  # as a person would call them
    of: dict[str, list[tuple[int, Target]]] = field(default_factory=dict)
    special: dict[str, list[int]] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)
    metadata: list[int] = field(default_factory=list)
    excluded: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    blank: set[int] = field(default_factory=set)  # without a heading, to the right of a question with several answers
    doubtful: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tools: frozenset[str] = frozenset()


def columns_of(names: Names, header: Sequence[Sequence[str]]) -> Columns:
    """Say of each column what it holds."""
    width = max(map(len, header))
    rows = [[_clean_heading(cell) for cell in [*row, *[""] * (width - len(row))]] for row in header]
    present = tools.tools_of(cell for row in rows for cell in row)
    result = Columns(
        [_column_name(rows, place) for place in range(width)], tools=frozenset(tool.name for tool in present)
    )
    times = dict[int, int]()
    for place in range(width):
        headings = [row[place] for row in rows if row[place]]
        targets = _column_targets(names, rows, place)
        special = {_SPECIAL[letters(heading)] for heading in headings if letters(heading) in _SPECIAL}
        ranks = [rank for heading in headings if (rank := tools.sent_rank(heading)) is not None]
        if any(heading.startswith(_NO_ANSWER) for heading in headings):
            result.excluded.append(place)
        elif len({target.question for target in targets}) > 1 or len(targets) > 1:
            result.doubtful[result.names[place]] = tuple(sorted({_target_name(target) for target in targets}))
        elif targets:
            (target,) = targets
            result.of.setdefault(target.question, []).append((place, target))
            if not headings:
                result.blank.add(place)
        elif special:
            result.special.setdefault(special.pop(), []).append(place)
        elif any(tools.added_by(present, heading) for heading in headings):
            result.metadata.append(place)
            if ranks:
                times[place] = min(ranks)
        else:
            result.unknown.append(place)
    _join_parts(result)
    result.times.extend(sorted(times, key=lambda place: (times[place], place)))
    return result


def _clean_heading(cell: str) -> str:
    text = cell.strip()
    return "" if text.startswith(_BY_PANDAS) else text


def _column_name(rows: Sequence[Sequence[str]], place: int) -> str:
    texts = list(dict.fromkeys(row[place] for row in rows if row[place]))
    return " / ".join(texts[:2]) if texts else f"(no heading, column {place + 1})"


def _target_name(target: Target) -> str:
    return f"{target.question}/{target.choice}" if target.choice else target.question


def _column_targets(names: Names, rows: Sequence[Sequence[str]], place: int) -> set[Target]:
    """Give what the headings of a column name, together and by themselves; what says most counts."""
    column = [row[place] for row in rows]
    within = {
        Target(id, choice, Kind.CHOICE)
        for level, row in enumerate(rows)
        if (id := _spanning_question(names, row, place))
        for cell in column[level + 1 :]
        if cell and (choice := names.choice_in(id, cell)) is not None
    }
    if within:
        return within
    targets = {target for cell in column if cell for target in names.find(cell)}
    if not any(column) and (id := _spanning_question(names, rows[0], place)) and names.takes_several(id):
        return {Target(id, "", Kind.PART)}
    for kind in (Kind.CHOICE, Kind.PART):
        precise = {target for target in targets if target.kind is kind}
        if len({target.question for target in targets}) == 1 and precise:
            return precise
    return targets


def _spanning_question(names: Names, row: Sequence[str], place: int) -> str:
    """Name the question whose heading stands above a column or, with blank ones between, before it."""
    while place > 0 and not row[place]:
        place -= 1
    targets = {target for target in names.find(row[place]) if target.kind is not Kind.CHOICE} if row[place] else set()
    return next(iter(targets)).question if len(targets) == 1 else ""


def _join_parts(result: Columns) -> None:
    """Read the first column of choices like those without a heading to its right: each holds a choice that is chosen."""
    for id, several in result.of.items():
        for number, (place, target) in enumerate(several):
            if target.kind is Kind.ANSWER and place + 1 in result.blank:
                several[number] = (place, Target(id, "", Kind.PART))
                result.blank.add(place)
