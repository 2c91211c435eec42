"""No typed numbers: what stands in prose comes from a fact or is declared, and facts that are named are there."""

import ast
import io
import re
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import yaml
from conftest import ROOT, shown_by_cell
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import alternatives, document, files, inequality, library, provenance, study, tables, translations
from analysis.errors import StudyError, TypedNumber
from analysis.execution import keys, runs
from analysis.execution import notebook as finishing
from analysis.exhibits import Listing, Paragraph, Section
from analysis.language import language
from analysis.publishing import book, typed
from analysis.publishing.typed import exceptions, founded, gone, numerals, texts

LANGUAGES = ("en", "es", "fr")
PAGES = [(lang, file.name) for lang in LANGUAGES for file in sorted((ROOT / "book" / lang).glob("*.md"))]


texts_of_library = lru_cache(maxsize=1)(texts.library)  # that of the compendium, read once
declared = lru_cache(maxsize=1)(exceptions.load)
offered = lru_cache(maxsize=1)(lambda: book.substitutions("en"))


def complaints(content: str, lang: str = "en", name: str = "methods.md") -> list[str]:
    text = texts.of_page(f"book/{lang}/{name}", content, lang)
    return list(typed.untraced([text], declared(), offered()))


def numbers(content: str, lang: str = "en") -> list[str]:
    return [one.text for one in numerals.find(numerals.prose(content), lang)]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of what is searched, in all languages, whose library is that of the compendium."""
    for folder in ("data", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("private"))
    for lang, name in PAGES:
        (tmp_path / "book" / lang).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "book" / lang / name, tmp_path / "book" / lang / name)
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    shutil.copy(ROOT / "book" / "exceptions.yml", tmp_path / "book")
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    monkeypatch.setattr(texts, "library", texts_of_library)
    return tmp_path


# the compendium as it is


def test_the_prose_of_the_compendium_has_no_typed_number_and_names_no_fact_that_is_gone() -> None:
    found = typed.search(study.load().built)
    assert found.problems == []
    assert found.leftovers == []


def test_texts_of_tables_with_numbers_have_a_source_in_their_row() -> None:
    quoted = typed.quotations()
    assert len(quoted) > 100
    assert any(
        place.startswith("data/published/facts.csv, row ") and source.startswith("http") for place, source in quoted
    )


def test_measures_that_are_declared_are_those_that_are_computed() -> None:
    assert (inequality.TENTH, inequality.NINE_TENTHS) == (0.1, 0.9)
    assert alternatives.TAIL == inequality.TENTH
    assert language("fr").percent(100 * alternatives.FULL) in book.substitutions("fr")["panel"]


# what is a number


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("20 of 24 cities, 75% and 1,865.5", "en", ["20", "24", "75", "1,865.5"]),
        ("CO2, PM2.5 and 4G, ½ and x²", "en", ["2", "2.5", "4", "½", "²"]),
        ("The three, two-thirds, a third, nine tenths; one, the third edition, both", "en",
         ["three", "two", "thirds", "a third", "nine", "tenths"]),
        ("Dos tercios, la mitad, once ciudades; una ciudad, ambas", "es", ["Dos", "tercios", "mitad", "once"]),
        ("Deux tiers, la moitié, quatre-vingts et neuf ; une ville", "fr", ["Deux", "tiers", "moitié", "quatre", "neuf"]),
        ("tender, Dosis, centre, deuxième", "en", []),
    ],
)  # fmt: skip
def test_numbers_are_found_in_digits_and_in_words(text: str, lang: str, expected: list[str]) -> None:
    assert numbers(text, lang) == expected


@pytest.mark.parametrize(
    "text",
    [
        "`2017-economy-answers` and ``a ` 5``", "{cite:t}`wilson1927`", "{{ window }}", "[Methods](methods-2.md#part-3)",
        "<https://example.org/2019>", "see https://example.org/2019/a.html", "% translated from 12ab", "<!-- 5 cities -->",
        "```console\n$ make 5\n```", "~~~\n5\n~~~", "```{code-block} python\nx = 5\n```", '<a href="x5">text</a>', "&#160;",
        "1. first\n2. then", "---\nkey: 5\n---\n", "````{note}\n:width: 50%\n```\n5\n```\n````", "[a]: https://x.org/5",
    ],
)  # fmt: skip
def test_code_addresses_and_what_is_substituted_are_no_prose(text: str) -> None:
    assert numbers(text) == []
    assert len(numerals.prose(text)) == len(text)
    assert numerals.prose(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    ["```{note}\n5 cities\n```", ":::{tip}\n5 cities\n:::", "[5 cities](a.md)", "**5** cities", "| a | 5 |", "> 5 cities", "# 5 cities",
     "``` \ncode\n```\n5 cities", "5 < 6", "{{ window }}5"],
)  # fmt: skip
def test_prose_within_markup_is_searched(text: str) -> None:
    assert numbers(text)[:1] == ["5"]


# planted numbers


@pytest.mark.parametrize(
    ("lang", "planted"),
    [("en", "In all, 20 cities answered."), ("en", "In all, twelve cities answered."), ("en", "Since 2017 it is so."),
     ("es", "Respondieron 20 ciudades."), ("es", "Respondieron dos tercios de las ciudades."), ("fr", "Il y a 20 villes."),
     ("fr", "La moitié des villes a répondu.")],
)  # fmt: skip
def test_a_typed_number_in_a_page_is_found_with_its_line_and_mend(small: Path, lang: str, planted: str) -> None:
    page = small / "book" / lang / "methods.md"
    content = page.read_text(encoding="utf-8")
    page.write_text(f"{content}\n{planted}\n", encoding="utf-8")
    found = typed.search([lang]).problems
    number = numbers(planted, lang)[0]
    assert found
    assert found[0].startswith(f"book/{lang}/methods.md, line {content.count(chr(10)) + 2}: “{number}” in “")
    assert "comes from no computed fact. Write " in found[0]


def test_the_substitution_with_the_same_value_is_offered() -> None:
    assert "Write {{ minimum }} or {{ look_back }}, if that is what is meant." in complaints("From 10 places on.")[0]
    assert "{{ confidence }}" in complaints("A 95% interval.")[0]
    assert "Write a substitution, {{ window }} say." in complaints("From 987 places on.")[0]


def test_typed_numbers_in_templates_are_found_in_markdown_and_in_code(small: Path) -> None:
    file = small / "notebooks" / "axis.ipynb"
    template = nbformat.read(str(file), as_version=4)
    template.cells[3].source += "\n\nOf the 20 cities,\nhalf answered."
    template.cells[4].source = 'chapter.opening("40 cities")  # of 50'
    nbformat.write(template, str(file))
    found = typed.search(["en"]).problems
    assert [re.match(r"notebooks/axis.ipynb, (cell \d+, line \d+): “(\w+)”", one).groups() for one in found] == [  # type: ignore[union-attr]
        ("cell 4, line 3", "20"), ("cell 4, line 4", "half"), ("cell 5, line 1", "40"), ("cell 5, line 1", "50")
    ]  # fmt: skip


LIBRARY = {
    'say("Of {n} cities, 20 answered.", n=n)': "20",
    'words.count("{n} city of two", "{n} cities of two", n)': "two",
    'self.words.say("{n} cities", n=20)': "20",
    'self.words.say("{n} cities", n="20")': "20",
    'self.words.say("{n} cities", n=self.words.number(4 * 5))': "4",
    'self.words.say("{n} cities", n=words.percent(75))': "75",
    'f"{text} 20 cities" + say("x")': "20",
    'say("x") + " (20 cities)"': "20",
}


@pytest.mark.parametrize(("code", "number"), LIBRARY.items())
def test_typed_numbers_in_the_library_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, number: str
) -> None:
    (tmp_path / "analysis" / "chapters").mkdir(parents=True)
    (tmp_path / "analysis" / "chapters" / "one.py").write_text(
        f'"""20 cities."""\n\ntext = (\n    {code}\n)\n', encoding="utf-8"
    )
    monkeypatch.setattr(library, "packages", lambda: {"analysis": tmp_path / "analysis"})
    found = list(typed.untraced(texts.library()[1], exceptions.load(), {}))
    assert found
    assert found[0].startswith(f"src/analysis/chapters/one.py, line 4: “{number}” in “")


@pytest.mark.parametrize(
    "code",
    ['say("{n} cities", n=words.number(len(rows[0])))', 'say("{n}", n=ceil(100 * share))', 'frame["iso3"] + say("x")', 'f"{x:.2f}" + say("x")',
     'say("{n}", n=years[-1])', 'id(f"{edition}-economy-2") + say("x")', 'say("Licence: CC BY 4.0")', 'say("{a}", a=False)'],
)  # fmt: skip
def test_computed_values_names_and_formats_are_no_typed_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    (tmp_path / "analysis" / "chapters").mkdir(parents=True)
    (tmp_path / "analysis" / "chapters" / "one.py").write_text(f"text = {code}\n", encoding="utf-8")
    monkeypatch.setattr(library, "packages", lambda: {"analysis": tmp_path / "analysis"})
    assert list(typed.untraced(texts.library()[1], exceptions.load(), {})) == []


def test_a_text_of_a_table_may_have_numbers_only_with_its_source(small: Path) -> None:
    file = small / "data" / "published" / "facts.csv"
    frame = tables.read("facts")
    content = file.read_text(encoding="utf-8")
    first = frame.iloc[0]
    assert first["fact_en"] in content
    changed = content.replace(first["fact_en"], "It counts 99 cities", 1)
    file.write_text(changed, encoding="utf-8")
    assert typed.search(["en"]).problems == []
    file.write_text(changed.replace(first["source_url"], "", 1), encoding="utf-8")
    found = typed.search(["en"]).problems
    assert found == [
        "data/published/facts.csv, row 2, field 'fact_en': “99” in “It counts 99 cities” comes from no computed fact. "
        "Give the row its source, as a quotation has it."
    ]


def test_a_typed_number_in_the_citation_is_found(small: Path) -> None:
    file = small / "CITATION.cff"
    cited = yaml.safe_load(file.read_text(encoding="utf-8"))
    cited["abstract"] += " It covers 127 cities."
    file.write_text(yaml.safe_dump(cited, allow_unicode=True), encoding="utf-8")
    assert [one for one in typed.search(["en"]).problems if "“127”" in one and one.startswith("CITATION.cff")]


@pytest.mark.parametrize(
    ("english", "translated", "expected"),
    [
        ("Shares from {low} to {high}", "Porcentajes de {low} a 20", "has a number that the English has not: 20"),
        ("Shares from {low} to {high}", "Dos porcentajes de {low} a {high}", "has a number that the English has not: 2"),
        ("Open until 31 May 2021", "Abierta hasta el 13 de mayo de 2021", "has a number that the English has not: 13"),
        ("With 24 cities", "Con ciudades", "lacks a number of the English: 24"),
        ("Per 100,000 inhabitants, middle half, on 2021-05-31", "Por 100.000 habitantes, mitad central, el 31 de mayo de 2021", ""),
        ("In both years, some half-years", "En los dos años, algunos semestres", ""),
    ],
)  # fmt: skip
def test_a_translation_has_the_numbers_of_the_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, english: str, translated: str, expected: str
) -> None:
    file = tmp_path / "es.po"
    file.write_text(f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "{english}"\nmsgstr "{translated}"\n',
                    encoding="utf-8")  # fmt: skip
    monkeypatch.setattr(translations, "file_of", lambda _lang: file)
    found = typed.translated("es")
    assert any(expected in one for one in found) is bool(expected)
    assert all(one.startswith("es.po, line 5: the translation of “") for one in found)


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, str, int, str]:
    """Give a page, and a number to put between two words of its prose."""
    lang, name = draw(st.sampled_from(PAGES))
    content = (ROOT / "book" / lang / name).read_text(encoding="utf-8")
    between = [found.start() for found in re.finditer(r"(?<=[\w,;]) (?=\w)", numerals.prose(content))]
    place = draw(st.sampled_from(between))
    digits = st.one_of(
        st.integers(0, 10**9).map(str), st.floats(0, 1000, allow_nan=False).map("{:.2f}".format), st.integers(0, 100).map("{}%".format)
    )  # fmt: skip
    words = st.sampled_from(sorted(numerals._WORDS[lang]))
    return lang, name, place, draw(st.one_of(digits, words))


@settings(max_examples=250, deadline=None)
@given(planted())
def test_a_number_put_anywhere_into_any_page_is_found(case: tuple[str, str, int, str]) -> None:
    lang, name, place, number = case
    content = (ROOT / "book" / lang / name).read_text(encoding="utf-8")
    found = complaints(f"{content[:place]} {number}{content[place:]}", lang, name)
    assert found
    line = content.count("\n", 0, place) + 1
    assert any(f"line {near}: " in one for one in found for near in (line - 1, line, line + 1))


# what is declared


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("- {kind: nme, why: x, texts: [A 4]}", r"entry 1: the kind 'nme' is not known. Known: name \("),
        ("- {kind: name, texts: [A 4]}", "does not say why"),
        ("- {kind: name, why: x, text: [A 4]}", r"there is no 'text'. Did you mean 'texts'\?"),
        ("- {kind: name, why: x, texts: [4]}", "put quotes around"),
        ("- {kind: name, why: x, texts: ['4']}", "“4” is nothing but a number"),
        ("- {kind: measure, why: x, en: [two]}", "“two” is nothing but a number"),
        ("- {kind: unit, why: x, texts: ['100']}", "“100” is nothing but a number"),
        ("- {kind: name, why: x, texts: [A]}", "“A” has no number"),
        ("- {kind: name, why: x}", "declares nothing"),
        ("a: 5", "must be a list of entries"),
        ("- [", "cannot be read"),
    ],
)
def test_a_wrong_declaration_is_refused_in_one_message(tmp_path: Path, entries: str, message: str) -> None:
    file = tmp_path / "exceptions.yml"
    file.write_text(entries, encoding="utf-8")
    with pytest.raises(StudyError, match=message) as caught:
        exceptions.load(file)
    assert "\n" not in str(caught.value)


def test_what_is_declared_stands_in_its_words_its_language_and_its_files(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yml"
    file.write_text(
        "- {kind: measure, why: so it is, in: [book/*/methods.md], en: [middle half], es: [mitad central]}",
        encoding="utf-8",
    )
    given = exceptions.load(file)
    assert given.left("The Middle\nhalf of all", "en", "book/en/methods.md") == []
    assert len(given.left("The middle half of all", "en", "book/en/cite.md")) == 1
    assert len(given.left("half of the middle half", "en", "book/en/methods.md")) == 1
    assert len(given.left("a middle halfway, middle half-life", "en", "book/en/methods.md")) == 0
    assert len(given.left("la mitad central", "fr", "book/fr/methods.md")) == 0  # no number in French
    assert [one.text for one in given.unused(["en", "es"])] == ["mitad central"]
    assert given.unused(["en"]) == []


def test_a_declaration_that_no_text_needs_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yml"
    kept = exceptions.file_of_study().read_text(encoding="utf-8")
    file.write_text(f"{kept}\n- {{kind: title, why: quoted, texts: [Apollo 13]}}\n", encoding="utf-8")
    found = typed.search(["en"], exceptions.load(file))
    assert found.problems == []
    assert found.leftovers == [f"{exceptions.SHOWN}: no text needs “Apollo 13” (all) any more. Delete it."]


# facts that are gone


def test_a_substitution_that_is_offered_no_more_is_named(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    less = {name: value for name, value in offered().items() if name != "minimum"}
    monkeypatch.setattr(book, "substitutions", lambda _lang: less)
    found = typed.search(["es"]).problems
    assert len(found) == 1
    lines = (small / "book" / "es" / "methods.md").read_text(encoding="utf-8").split("\n")
    line = max(number for number, text in enumerate(lines, 1) if "{{ minimum }}" in text)
    assert found[0].startswith(f"book/es/methods.md, line {line}: ")
    assert "{{ minimum }} stands for nothing. Did you mean 'minimum_group'?" in found[0]


def test_a_substitution_that_no_page_uses_and_one_that_a_translation_lost_are_named(small: Path) -> None:
    for lang in ("en", "fr"):
        page = small / "book" / lang / "how-to-read.md"
        content = page.read_text(encoding="utf-8")
        page.write_text(content.replace("{{ lead_city }}", "Bilbao"), encoding="utf-8")
    found = typed.search(["en", "es", "fr"])
    assert found.problems == []
    assert found.leftovers == [
        "analysis.extension offers {{ lead_city }} (substitutions), and no page uses it. Delete it there."
    ]
    page = small / "book" / "es" / "how-to-read.md"
    page.write_text(page.read_text(encoding="utf-8").replace("{{ window }}", "algunos"), encoding="utf-8")
    (only,) = typed.search(["es"]).problems
    assert only.startswith("book/es/how-to-read.md, line 1: the English page gives {{ window }}, this one does not.")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('say("{n} of {total} cities", n=n, totl=t)', "has {total}, and the call gives no such value. Did you mean 'totl'?"),
        ('say("{n} cities", n=n, years=years)', "is given years=…, and has no {years}."),
        ('count("{n} city", "{n} cities of {axis}", n)', "has {axis}, and the call gives no such value."),
        ('count("{n} city", "{n} cities", n)', ""), ('say("{n} of {total}", **given)', ""), ('say("{n}", n=n)', ""),
        ('count("{axis}: {n} city", "{n} cities", n, axis=axis)', ""),
    ],
)  # fmt: skip
def test_a_place_without_value_and_a_value_without_place_are_named(code: str, message: str) -> None:
    found = gone.values(list(texts._sentences("src/analysis/x.py", ast.parse(code))))
    assert [message in one for one in found][:1] == ([True] if message else [])
    assert bool(found) is bool(message)


def test_an_exhibit_that_is_cited_and_made_no_more_is_named(small: Path) -> None:
    made = small / "book" / "en" / "editions" / "2017" / "economy.ipynb"
    made.parent.mkdir(parents=True)
    listing = Listing("2017-economy-answers", "Answers", pd.DataFrame({"a": ["b"]}))
    shown = nbformat.v4.new_notebook(cells=[shown_by_cell(Section([Paragraph("A sentence."), listing]))])
    made.write_text(finishing.finish(shown, "en"), encoding="utf-8")
    typed.check_exhibits("en")
    page = small / "book" / "en" / "cite.md"
    page.write_text(
        page.read_text(encoding="utf-8") + "\nSee [it](editions/2017/economy.ipynb#2017-economy-anwsers).\n",
        encoding="utf-8",
    )
    with pytest.raises(TypedNumber) as caught:
        typed.check_exhibits("en")
    line = page.read_text(encoding="utf-8").count("\n")
    assert str(caught.value).split("\n  ")[1:] == [
        f"book/en/cite.md, line {line}: no chapter makes the exhibit '2017-economy-anwsers'. Did you mean '2017-economy-answers'? "
        "Cite one that there is."
    ]


def test_periods_dates_and_pages_are_no_exhibits(small: Path) -> None:
    page = small / "book" / "en" / "cite.md"
    page.write_text(
        "`2020-2021` 2021-05-31 how-to-read long-series `book/2017-economy-answers.csv` `fresh-2017-x`",
        encoding="utf-8",
    )
    for file in (small / "book" / "en").glob("*.md"):
        if file != page:
            file.unlink()
    assert gone.exhibits("en", {"2017-economy-answers", "factors-all-x"}) == []


# the command


def test_the_book_is_not_begun_with_a_typed_number(study: Any, compendium: Path) -> None:
    page = compendium / "book" / "en" / "methods.md"
    page.write_text(page.read_text(encoding="utf-8").replace("{{ confidence }}", "95%"), encoding="utf-8")
    module = compendium / "src" / "analysis" / "prose.py"
    module.write_text(
        module.read_text(encoding="utf-8").replace('"{count} of {n}", count', '"{count} of 20", count'),
        encoding="utf-8",
    )
    files.write_whole(compendium / ".study" / "good-data", keys.of_data())  # the data are those of the compendium
    for command in ("book", "pdf"):
        result = study(command)
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        message = result.stderr.split("study: ")[1].split("\n  ")
        assert message[0].startswith("Numbers in prose must come from computed facts")
        assert message[1].startswith("book/en/methods.md, line 9: “95” in “")
        assert "Write {{ confidence }}, if that is what is meant." in message[1]
        assert any(one.startswith("src/analysis/prose.py, line ") and "“20” in “" in one for one in message)
        assert any("is given n=…, and has no {n}." in one for one in message)
    assert not (compendium / "book" / "en" / "editions").exists()


def test_what_was_found_good_is_not_searched_again(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed.check(["en", "es", "fr"]) == []
    searched: list[object] = []
    search = typed.search

    def counted(languages: Sequence[str]) -> typed.Found:
        searched.append(languages)
        return search(languages)

    monkeypatch.setattr(typed, "search", counted)
    assert typed.check(["en", "es", "fr"]) == []
    assert not searched
    page = small / "book" / "fr" / "rerun.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n20 villes.\n", encoding="utf-8")
    with pytest.raises(TypedNumber, match=r"book/fr/rerun\.md, line \d+: “20”"):
        typed.check(["en", "es", "fr"])
    assert len(searched) == 1


# what is executed; all pages in English are searched where all are made (tests/test_matrix.py)

RUNS = [
    ("axis", {"edition": 2017, "axis": "economy"}), ("edition", {"edition": 2023}), ("inequality", {"axis": "governance"}),
    ("programme", {"period": "2020-2021"}), ("city", {"place": "3128026"}),
]  # fmt: skip
MORE = [
    ("axis", {"edition": 2021, "axis": "mobility"}), ("edition", {"edition": 2012}), ("brief", {"edition": 2021}),
    ("brief", {"edition": study.WHOLE_STUDY}), ("evolution", {"axis": "people"}), ("front", {}), ("factors", {}),
    ("participation", {}), ("outlook", {}),
]  # fmt: skip


def executed(template: str, parameters: dict[str, Any], lang: str) -> nbformat.NotebookNode:
    """Execute a template in this process, and make it a page as a run does."""
    given = parameters | {"lang": lang}
    made, values = nbformat.v4.new_notebook(metadata={"papermill": {"parameters": given}}), dict[str, Any]()
    for cell in runs.cells(template):
        if cell.kind != "code":
            continue
        lines, result = cell.source.rstrip().splitlines(), None
        if "parameters" in cell.tags:
            values |= given
        else:
            exec("\n".join(lines[:-1]), values)
            try:
                result = eval(lines[-1], values)
            except SyntaxError:  # a statement, or the end of one
                exec("\n".join(lines), values)
        new = nbformat.v4.new_code_cell(cell.source, metadata={"tags": list(cell.tags)})
        if isinstance(result, Section):
            new.outputs = shown_by_cell(result).outputs
        elif result is not None:
            new.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": repr(result)})]
        made.cells.append(new)
    done: nbformat.NotebookNode = nbformat.read(io.StringIO(finishing.finish(made, lang)), as_version=4)
    return done


@pytest.mark.parametrize("lang", ["es", "fr"])
@pytest.mark.parametrize(
    ("template", "parameters"),
    [*RUNS, *(pytest.param(*one, marks=pytest.mark.slow) for one in MORE)],
    ids=lambda value: str(value),
)
def test_every_number_of_a_chapter_is_a_value_of_its_facts(
    template: str, parameters: dict[str, Any], lang: str
) -> None:
    made = executed(template, parameters, lang)
    assert founded.in_notebook(made, "page") == []


def of_section(section: Section, lang: str = "en") -> list[founded.Unfounded]:
    made = nbformat.v4.new_notebook(metadata={"papermill": {"parameters": {"lang": lang}}})
    made.cells.append(shown_by_cell(section, "chapter.opening"))
    return founded.in_notebook(nbformat.read(io.StringIO(finishing.finish(made, lang)), as_version=4), "page")


def test_a_number_of_a_sentence_that_is_no_value_is_found() -> None:
    say = language("en").say
    with provenance.making():
        text = say("{count} of {n}", count="15", n="20")
        assert of_section(Section([Paragraph(text, "finding")])) == []
        for wrong, number in ((f"{text} in 7 years", "7"), (text.replace("15", "16"), "16"), (f"{text}, 20", "20")):
            (only,) = of_section(Section([Paragraph(wrong, "finding")]))
            assert number in only.numbers
            assert only.claim == "page#s-opening-1"


def test_a_number_in_the_words_of_an_exhibit_is_found() -> None:
    made = executed("axis", {"edition": 2017, "axis": "economy"}, "en")
    parts = [part for cell in made.cells for output in cell.outputs for part in output.metadata.get("document", [])]
    exhibit = next(part for part in parts if part.get("id") == "2017-economy-answers")
    exhibit["alt"] = f"Of 987 cities. {exhibit['alt']}"
    found = founded.in_notebook(made, "page")
    assert [one.numbers for one in found] == [("987",)]
    assert found[0].claim.startswith("2017-economy-")


def test_parts_that_are_made_at_once_keep_their_notes_apart() -> None:
    say = language("en").say
    with provenance.making() as outer:
        with provenance.making():
            pass  # holds the same as the one around it: nothing
        say("{count} of {n}", count="15", n="20")
    assert [one.text for one in outer.said] == ["15 of 20"]


def test_the_exhibits_that_pages_cite_are_those_of_a_chapter() -> None:
    made = executed("axis", {"edition": 2017, "axis": "economy"}, "en")
    known = {part.id for part in document.of_notebook(made, "page").exhibits}
    assert "2017-economy-answers" in known
    for lang in LANGUAGES:
        assert gone.exhibits(lang, known) == []
