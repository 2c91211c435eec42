"""Where the answers of a file stand: its header, of one row or several, and the rows below it that hold no answers.

Two layouts are known: a row for each city, as survey tools export it, and our own spreadsheet, a row for each question
with the columns code and answer, one file for each city. The second is turned over, so that all that follows sees the first.
"""

import re
from collections.abc import Iterator, Sequence

from analysis.survey import intake_tools as tools
from analysis.survey.intake_cells import AGAIN, Row, Table, Unreadable
from analysis.survey.intake_columns import RESPONSE
from analysis.survey.intake_encoding import repair_text
from analysis.survey.intake_names import Kind, Names, letters
from analysis.uploads.cells import FormulaCell, Grid, Numeral

MOST_ROWS, MOST_COLUMNS = 5_000, 2_000
HEADER_WITHIN = 20  # rows among which the header is looked for
_HEADER_ROWS = 3
_CODE = ("code", "codigo")
_ANSWER = ("answer", "respuesta", "reponse")
_IMPORT_ID = '{"ImportId"'  # Qualtrics
_REPEATED = 0.6  # share of the cells of a row that repeat their headings
_TOTALS = frozenset(
    letters(word)
    for word in (
        "Total", "Totals", "Totales", "Totaux", "Grand total", "Total general", "Total général", "Sum", "Suma", "Somme", "Summe",
        "Subtotal", "Sous-total", "Gesamt", "Mean", "Average", "Media", "Promedio", "Moyenne", "Count", "Recuento", "Nombre", "Ensemble",
    )
)  # fmt: skip
_AMOUNT = re.compile(r"[-+]?[\d.,\s'\u2019]+\s*%?")


def table_of(grid: Grid, names: Names, notes: Sequence[str], *, ragged: bool) -> Table:
    """Find the header, and give the rows of answers below it."""
    grid = [(number, row) for number, row in grid if any(cell.strip() for cell in row)]
    if len(grid) > MOST_ROWS:
        raise Unreadable(f"has more than {MOST_ROWS} rows, too many for answers of cities. {AGAIN}")
    if is_questionnaire(grid):
        return _turned_table(grid, notes)
    score, place = best_header(grid, names)
    if not score:
        raise Unreadable(
            "has no column that is a question of this edition, by its code or its wording. Take the file of this edition; "
            f"a CSV file has commas, semicolons or tabs between its columns. {AGAIN}"
        )
    first, last, header = _header_rows(grid, place, names)
    width = _table_width(header, grid[last + 1 :], names)
    if width > MOST_COLUMNS:
        raise Unreadable(f"has more than {MOST_COLUMNS} columns. {AGAIN}")
    below = grid[last + 1 :]
    asides = {number: reason for number, cells in below if (reason := _reason_aside(cells, header, names))}
    rows = _table_rows([(number, cells) for number, cells in below if number not in asides], width, ragged)
    return Table(
        tuple(tuple(row[:width]) for row in header),
        tuple(rows),
        (*notes, *_header_notes(grid, first, last)),
        tuple(asides.items()),
    )


def best_header(grid: Grid, names: Names) -> tuple[int, int]:
    """Give how many questions the best of the first rows names, and which row that is; the first of equals."""
    scores = [
        (len(names.questions_in(row[:MOST_COLUMNS])), -place) for place, (_, row) in enumerate(grid[:HEADER_WITHIN])
    ]
    score, place = max(scores, default=(0, 0))
    return score, -place


def _header_rows(grid: Grid, place: int, names: Names) -> tuple[int, int, list[list[str]]]:
    """Give the first and the last row of the header, and those of its rows that have headings."""
    first = last = place
    if place and names.questions_in(grid[place - 1][1]) | _tool_headings(grid[place - 1][1]):
        first = place - 1
    header = [[repair_text(cell.strip()) for cell in row] for _, row in grid[first : place + 1]]
    for _, row in grid[place + 1 : place + _HEADER_ROWS]:
        cells = [cell.strip() for cell in row]
        if _is_import_row(cells):
            last += 1
        elif last == place and _is_second(header, cells, names):
            last += 1
            header.append([repair_text(cell) for cell in cells])
        else:
            break
    return first, last, header


def _is_import_row(cells: Sequence[str]) -> bool:
    """Tell the row in which Qualtrics names its own columns."""
    return sum(cell.strip().startswith(_IMPORT_ID) for cell in cells) * 2 > sum(bool(cell.strip()) for cell in cells)


def _tool_headings(row: Sequence[str]) -> set[str]:
    present = tools.tools_of(row)
    return {cell for cell in row if cell.strip() and present and tools.added_by(present, cell)}


def _is_second(header: Sequence[Sequence[str]], cells: Sequence[str], names: Names) -> bool:
    """Tell a further row of headings: nothing in it but wordings of questions, of choices, and words that tools write there."""
    above = list(header[-1])
    present = tools.tools_of(cell for row in header for cell in row)
    spanning, words, answers = "", 0, 0
    for place, cell in enumerate(cells):
        heading = above[place] if place < len(above) else ""
        if heading:
            targets = [target for target in names.find(heading) if target.kind is not Kind.CHOICE]
            spanning = targets[0].question if len(targets) == 1 else ""
        if not cell:
            continue
        several = spanning and names.takes_several(spanning)
        if letters(cell) in RESPONSE or names.find(cell):
            words += 1
        elif spanning and names.choice_in(spanning, cell) is not None and (several or letters(cell) != "other"):
            words += bool(several)
        elif tools.added_by(present, cell):
            words += 1
        elif heading and (names.find(heading) or tools.added_by(present, heading)):
            return False
        else:
            answers += 1  # below a heading that nobody knows, or none
    return words > answers and words > 1


def _table_width(header: Sequence[Sequence[str]], below: Grid, names: Names) -> int:
    """Give the number of columns; those of choices may go on behind the last heading."""
    width = max((place + 1 for row in header for place, cell in enumerate(row) if cell), default=0)
    last = [target for row in header for target in (names.find(row[width - 1]) if len(row) >= width else ())]
    if any(names.takes_several(target.question) for target in last if target.kind is not Kind.CHOICE):
        longest = max((place + 1 for _, row in below for place, cell in enumerate(row) if cell.strip()), default=0)
        width = max(width, longest)
    return width


def _header_notes(grid: Grid, first: int, last: int) -> Iterator[str]:
    if last > first:
        yield f"The headings stand in the rows {grid[first][0]} to {grid[last][0]}."
    if first:
        yield f"The headings were found in row {grid[first][0]}; what stands above was not read."


def _reason_aside(cells: Sequence[str], header: Sequence[Sequence[str]], names: Names) -> str:
    """Say why a row holds no answers of a city: its headings again, or a total."""
    filled = [(place, letters(cell)) for place, cell in enumerate(cells) if cell.strip()]
    texts = dict(filled)
    cities = _city_places(header, names)  # choices may stand below themselves, a city never does
    for row in header:
        headings = {place: letters(cell) for place, cell in enumerate(row) if cell}
        same = sum(name == headings.get(place) for place, name in filled)
        if same >= max(_REPEATED * len(filled), min(2, len(filled))) and all(
            texts.get(place) == headings.get(place) for place in cities
        ):
            return "the headings again; not an answer"
    if _is_import_row(cells):
        return "the headings again; not an answer"
    totals = [place for place, name in filled if name in _TOTALS]
    others = [cells[place] for place, _ in filled if place not in totals]
    if len(totals) == 1 and all(map(_is_amount, others)):
        return "a row of totals; not an answer"
    return ""


def _is_amount(cell: str) -> bool:
    return isinstance(cell, Numeral | FormulaCell) or bool(_AMOUNT.fullmatch(cell.strip()))


def _city_places(header: Sequence[Sequence[str]], names: Names) -> set[int]:
    """Give the places of the columns for the city."""
    cities = {question.id for question in names.instrument if question.type == "city"}
    return {place for row in header for place, cell in enumerate(row) if names.questions_in([cell]) & cities}


def _table_rows(grid: Grid, width: int, ragged: bool) -> Iterator[Row]:
    torn = _torn_rows([len(cells) for _, cells in grid], width) if ragged else set()
    for place, (number, cells) in enumerate(grid):
        texts = [*cells, *[""] * (width - len(cells))]
        surplus = any(cell.strip() for cell in texts[width:])
        short = ragged and len(cells) < width
        yield Row(number, tuple(texts[:width]), surplus=surplus, short=short, torn=place in torn)


def _torn_rows(lengths: Sequence[int], width: int) -> set[int]:
    """Find rows that a line break has torn: neighbours that make up one row together."""
    torn = set[int]()
    for start, length in enumerate(lengths):
        end = start
        while length < width and end + 1 < len(lengths):
            end += 1
            length += lengths[end] - 1  # the cell that was torn counts twice
        if end > start and length == width:
            torn.update(range(start, end + 1))
    return torn


# -- our own spreadsheet ----------------------------------------------------------------------------------------------


def is_questionnaire(grid: Grid) -> bool:
    """Tell our own spreadsheet, with a row for each question."""
    return _form_layout(grid) is not None


def is_answered(grid: Grid) -> bool:
    """Tell our own spreadsheet with answers in it."""
    return is_questionnaire(grid) and any(_turned_form(grid)[1])


def _turned_table(grid: Grid, notes: Sequence[str]) -> Table:
    header, cells, numbers = _turned_form(grid)
    rows = [Row(grid[0][0], tuple(cells), dict(enumerate(numbers)))] if any(cells) else []
    return Table((tuple(header),), tuple(rows), tuple(notes))


def _form_layout(grid: Grid) -> tuple[int, int, int] | None:
    """Find the header of our own spreadsheet: its place among the rows, and the columns of codes and answers."""
    for place, (_, row) in enumerate(grid[:HEADER_WITHIN]):
        names = [letters(cell) for cell in row]
        code = [number for number, name in enumerate(names) if name in _CODE]
        answer = [number for number, name in enumerate(names) if name in _ANSWER]
        if len(code) == 1 and len(answer) == 1:
            return place, code[0], answer[0]
    return None


def _turned_form(grid: Grid) -> tuple[list[str], list[str], list[int]]:
    """Turn our own spreadsheet over: codes, answers, and the rows in which they stand; an answer without code keeps its text."""
    place, code, answer = _form_layout(grid) or (0, 0, 0)
    header, cells, numbers = [], [], []
    for number, row in grid[place + 1 :]:
        texts = [*row, *[""] * (max(code, answer) + 1 - len(row))]
        read_only = not texts[code].strip() and letters(texts[answer]) in _ANSWER  # the headings that people see
        if not read_only and (texts[code].strip() or texts[answer].strip()):
            label = next((text for text in texts[code + 1 : answer] if text.strip()), "")
            header.append(texts[code].strip() or label)
            cells.append(texts[answer] if texts[answer].strip() else "")
            numbers.append(number)
    return header, cells, numbers
