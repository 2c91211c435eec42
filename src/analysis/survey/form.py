"""The questionnaire of an edition, written from its instrument: for KoboToolbox and ODK, as a spreadsheet, and on paper.

`study form YEAR` writes into `_build/forms/<year>/`:

- `<year>-xlsform.xlsx`, all languages in one form. Sections are groups; questions and choices have the codes of the
  instrument as names; a country is its code of ISO 3166 (`ESP`).
- `<year>-spreadsheet-<lang>.xlsx`, one file a city in the language it chooses, so that one sheet alone holds answers.
- `<year>-questionnaire-<lang>.docx`, to print, to discuss, and to gather the answers of several departments.

Layout of the spreadsheet, which `study intake` reads:

- Its first sheet says how to fill it in; its title depends on the language. The sheet `lists` is hidden.
- The sheet `answers` has four columns, A to D. Row 1, hidden: `code`, `section`, `question`, `answer`. Row 2: the
  headings that people see, without a code. Every row without a code is for reading alone.
- A row with a code of the instrument in column A (hidden) takes one answer in column D: the label of a choice in the language of the
  file, the name of a country in that language, a number, or text. Its `question` is the number, a point, the label; below it, on lines
  of their own, help and skip rule.
- A multiple choice has a row without a code for the question, then a row for each choice: code `question/choice`, the
  label of the choice as `question`, and `x` as the answer where it applies, else nothing.
- The keywords of the file (its properties) are `smart-cities-study-form <edition> <lang>`.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis import files, paths
from analysis.errors import InvalidData, StudyError
from analysis.instrument import LANGUAGES, Instrument, Question, load
from analysis.survey import document, spreadsheet, xlsform

_SECONDS = {"number": 120, "text": 90, "multiple": 60}
_OTHER = 30  # one click, or something that whoever answers knows
_STEP = 300


def minutes(instrument: Instrument) -> int:
    """Estimate the time that answering takes, in minutes, rounded up to five.

    Two minutes where a number has to be looked up, one and a half for a text, one for a multiple choice, half a minute for
    anything else and for what the city and the administration are.
    """
    return math.ceil(sum(map(_answer_seconds, instrument)) / _STEP) * _STEP // 60


def _answer_seconds(question: Question) -> int:
    return _OTHER if question.role in ("city", "administration") else _SECONDS.get(question.type, _OTHER)


def write(edition: int | str, folder: Path | None = None) -> list[Path]:
    """Write the questionnaire of an edition, or of the `core` instrument, in all its forms.

    Parameters
    ----------
    edition
        Year of the edition, or `core`.
    folder
        Folder to write into; `_build/forms/<edition>` where not given.

    Returns
    -------
    list of Path
        The files. Either all of them were made, or nothing was written.

    Raises
    ------
    UnknownCell
        Where the edition has no instrument.
    InvalidData
        Where the instrument is not what it should be, or two of its questions or choices read alike.
    StudyError
        Where its questions are not known, or where the folder is a file.
    """
    asked = load(edition)
    if asked.reconstructed:
        raise StudyError(
            f"The questions of the edition {edition} were not published: data/instruments/{edition}.yml holds its fields and elements alone, "
            f"so no form can be made of it. The questions of new editions: study form core"
        )
    if alike := list(_ambiguous_wordings(asked)):
        raise InvalidData("\n".join(f"data/instruments/{edition}.yml, {fault}" for fault in alike))
    target = folder or paths.build() / "forms" / str(edition)
    if target.exists() and not target.is_dir():
        raise StudyError(f"'{target}' is a file. Expected: a folder for the forms.")
    contents = {f"{edition}-xlsform.xlsx": xlsform.write_xlsform(asked)}
    for lang in LANGUAGES:
        contents[f"{edition}-spreadsheet-{lang}.xlsx"] = spreadsheet.write_spreadsheet(asked, lang)
        contents[f"{edition}-questionnaire-{lang}.docx"] = document.write_document(asked, lang)
    for name, content in contents.items():
        files.write_whole(target / name, content)
    return [target / name for name in contents]


def _ambiguous_wordings(instrument: Instrument) -> Iterator[str]:
    """Name what cannot be told apart in a form, nor when its answers come back without codes."""
    for lang in LANGUAGES:
        for first, other in _equal_texts([(question.id, question.label[lang]) for question in instrument]):
            yield f"question '{other}': it reads like '{first}' in the language '{lang}'. Word each question in its own way."
        for question in instrument:
            for first, other in _equal_texts([(choice.code, choice.label[lang]) for choice in question.choices]):
                yield (
                    f"question '{question.id}', choice '{other}': it reads like '{first}' in the language '{lang}'. "
                    "Word each choice in its own way."
                )


def _equal_texts(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give the names of two texts that differ in nothing but accents, capitals and spaces."""
    known: dict[str, str] = {}
    for name, text in texts:
        first = known.setdefault(" ".join(paths.plain(text).split()), name)
        if first != name:
            yield first, name
