"""docs/adding.md works as written: its commands are read out of it and run, for a new language and for a new indicator.

What a person does between the commands (edits, translations) is done here by the test, and nothing else: every sentence is
"translated" by putting a word at its end.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po
from conftest import ROOT, copy_of_compendium, run_study, warm_up

GUIDE = ROOT / "docs" / "adding.md"
PART = "run --edition 2019"  # stands for `study book` where minutes count
INDICATORS = Path("data", "indicators")
LICENCES = ("2027-01-31", "CC BY-SA 4.0", "https://example.org/noise/data.csv")


def commands(section: str) -> list[str]:
    """Give the commands of a section of the guide, in order."""
    (text,) = re.findall(
        rf"^## {section}\n(.*?)(?=^## |\Z)", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    found = re.findall(r"^\s*\$ study (.+)$", text, re.MULTILINE)
    assert found[-1] == "book"
    assert "translations" in found
    return found


def marked(text: str) -> str:
    """Put a word at the end of a sentence, or of its first line where that is a heading; a text without words stays."""
    if not re.search(r"[^\W\d_]{2}", re.sub(r"\{\w+\}", "", text)):
        return text
    first, sep, rest = text.partition("\n\n")
    return f"{first} ĩ{sep}{rest}"


def translate(root: Path, lang: str) -> list[str]:
    """Fill in what is empty in a catalogue, and give it."""
    file = root / "src" / "analysis" / "locale" / f"{lang}.po"
    with file.open("rb") as content:
        catalog = read_po(content, locale=lang)
    filled: list[str] = []
    for message in catalog:
        strings = [message.string] if isinstance(message.string, str) else message.string or [""]
        if message.id and not all(strings):
            ids = [message.id] if isinstance(message.id, str) else [*message.id]
            texts = tuple(map(marked, ids))
            message.string = texts[0] if isinstance(message.id, str) else texts
            filled.append(ids[-1])
    with file.open("wb") as out:
        write_po(out, catalog, width=120)
    return filled


def with_languages(root: Path, *built: str) -> None:
    """Let some languages be built, and Basque have its briefs."""
    matrix = root / "data" / "study.yml"
    text = (ROOT / "data" / "study.yml").read_text(encoding="utf-8")
    for lang in {"es", "fr"} - set(built):
        text = re.sub(rf"^(  {lang}: .*)true", r"\1false", text, flags=re.MULTILINE)
    matrix.write_text(text, encoding="utf-8")


def edit(file: Path, change: Callable[[str], str]) -> None:
    before = file.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    file.write_text(after, encoding="utf-8")


def add_rows(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open(encoding="utf-8", newline="") as content:
        header = next(csv.reader(content))
    with file.open("a", encoding="utf-8", newline="") as out:
        csv.DictWriter(out, header, lineterminator="\n").writerows(rows)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as content:
        return list(csv.DictReader(content))


def executed(root: Path) -> list[Path]:
    return sorted((root / "book").rglob("*.ipynb"))


def done(root: Path, command: str) -> str:
    result = run_study(root, *command.split())
    assert result.returncode == 0, f"study {command}: {result.stdout}{result.stderr}"
    return result.stdout + result.stderr


def refused(root: Path, command: str) -> str:
    before = executed(root)
    result = run_study(root, *command.split())
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert executed(root) == before
    return result.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_compendium(tmp_path / "compendium")


def add_language(root: Path) -> None:
    edit(
        root / "data" / "study.yml",
        lambda text: text.replace("axes:\n", "  pt: {name: Português, built: false}\naxes:\n", 1),
    )


def name_axes(root: Path) -> None:
    edit(root / "data" / "study.yml", lambda text: re.sub(r"(\{en: ([\w ]+), es.*)\}", r"\1, pt: \2 ĩ}", text))


def translate_pages(root: Path, said: str) -> None:
    """Write the pages that the command names, each with the line that it names."""
    pages = re.findall(r"(book/pt/\S+) is missing: translate (book/en/\S+), .* line: (% .+)$", said, re.MULTILINE)
    assert len(pages) == len(list((ROOT / "book" / "en").glob("*.md")))
    for page, source, line in pages:
        (root / page).parent.mkdir(exist_ok=True)
        (root / page).write_text(f"{line}\n\n{(root / source).read_text(encoding='utf-8')}", encoding="utf-8")


BOOKS = [pytest.param(PART, id="a part"), pytest.param("book", id="the book", marks=pytest.mark.slow)]


@pytest.mark.parametrize("book", BOOKS)
def test_a_language_is_added_as_the_guide_says(root: Path, book: str) -> None:
    first, *rest = commands("A language")
    add_language(root)
    said = done(root, first)
    waiting = int(re.search(r"pt\.po: (\d+) texts wait", said)[1])  # type: ignore[index]
    names = re.findall(r"axes, (\w+): it has no name in 'pt'", said)
    edit(root / "data" / "study.yml", lambda text: text.replace("Português, built: false", "Português, built: true"))
    incomplete = refused(root, f"{PART} --lang pt")  # all at once: each kind, and how many
    missing = waiting + len(names) + len(list((ROOT / "book" / "en").glob("*.md")))
    assert f"In 'pt', {missing} things are missing" in incomplete
    assert len(names) == 6
    filled = translate(root, "pt")
    assert len(filled) == waiting
    assert {"Sub-Saharan Africa", "Smart Cities Study"} <= {*filled}
    assert not {"2024-06-27", "CC BY 4.0"} & {*filled}
    translate_pages(root, said)
    name_axes(root)
    for command in rest:
        done(root, f"{book} --lang pt" if command == "book" else command)
    assert len(executed(root)) >= 3
    page = next(file for file in executed(root) if file.match("pt/editions/2019/index.ipynb"))
    assert "ĩ" in page.read_text(encoding="utf-8")


def add_indicator(root: Path) -> int:
    """Add an indicator with the values that another one has, of a source of its own, and say how many they are."""
    folder = root / INDICATORS
    (like,) = [row for row in rows_of(folder / "catalogue.csv") if row["indicator_id"] == "eco_unemployment_city"]
    new = {"indicator_id": "gov_noise_city", "source_id": "noise_2027"}
    texts = {
        "axis": "governance",
        "label_en": "Street noise",
        "name_en": "Residents exposed to street noise",
        "name_es": "Ruido",
        "name_fr": "Bruit",
        "unit_en": "% of residents exposed",
        "caveat_en": "Few cities publish it.",
        "note": "Made up.",
    }
    values = [{**row, **new} for row in rows_of(folder / "values.csv") if row["indicator_id"] == like["indicator_id"]]
    add_rows(folder / "catalogue.csv", [{**like, **new, **texts}])
    source = {
        "source_id": "noise_2027",
        "title": "Noise maps",
        "publisher": "Agency",
        "open_licence": "true",
        "url": "https://example.org/noise",
        "citation": "Agency (2027). Noise maps.",
    }
    made = dict(zip(("version_date", "licence", "obtained_via"), LICENCES, strict=True))
    add_rows(folder / "sources.csv", [source | made])
    add_rows(folder / "values.csv", values)
    return len(values)


@pytest.mark.parametrize("book", BOOKS)
def test_an_indicator_is_added_as_the_guide_says(root: Path, book: str) -> None:
    with_languages(root, "es")
    warm_up(root, "es")
    assert add_indicator(root) > 2000
    steps = commands("An indicator")
    for command in steps[: steps.index("translations")]:
        done(root, command)
    incomplete = refused(root, f"{PART} --lang es")
    said = done(root, "translations")
    filled = {lang: translate(root, lang) for lang in ("es", "eu")}
    assert set(filled["es"]) == {"Street noise", "% of residents exposed", "Few cities publish it."}
    # a brief quotes it, and says another sentence where every axis has an indicator
    assert {"Street noise", "Every axis has an indicator measured for cities"} <= set(filled["eu"])
    for lang, texts in filled.items():
        assert re.search(rf"{lang}\.po: {len(texts)} texts? waits? for a translation", said)
    assert all(incomplete.count(f"“{text}”") >= 1 for text in filled["es"])
    assert not any(text in incomplete for text in LICENCES)
    for command in steps[steps.index("translations") + 1 :]:
        done(root, f"{book} --lang es" if command == "book" else command)
    page = root / "book" / "es" / "editions" / "2019" / "governance.ipynb"
    assert "Ruido" in page.read_text(encoding="utf-8")


def test_a_sentence_that_the_briefs_of_a_language_lack_is_listed_and_named(root: Path) -> None:
    with_languages(root)
    file = root / "src" / "analysis" / "locale" / "eu.po"
    edit(file, lambda text: text.replace('msgstr "Saharaz hegoaldeko Afrika"', 'msgstr ""', 1))
    assert "eu.po: 1 text waits for a translation." in done(root, "translations")
    assert "In 'eu', 1 thing is missing" in refused(root, "run --lang eu")
