"""What is to be translated into a language, and what is not."""

from pathlib import Path

import pytest
from conftest import ROOT

from analysis import config, language, tables, translations
from analysis.errors import InvalidData, MissingTranslation

SAME = [
    "2024-06-27",
    "2023-01/2023-05",
    "27/06/2024",
    "2023-Q4",
    "v2.1",
    "5.0",
    "CC BY 4.0",
    "CC BY-NC-SA 3.0 IGO",
    "CC0 1.0",
    "ODbL 1.0",
    "MIT",
    "GPL-3.0-or-later",
    "Apache 2.0; BSD 3-Clause",
    "Open Government Licence v3.0",
    "Creative Commons Attribution 4.0 International",
    "Licence Ouverte / Open Licence 2.0",
    "https://example.org/data.csv",
    "www.example.org",
    "doi:10.5281/zenodo.1234",
    "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)",
    "data@example.org",
]
SENTENCES = [
    "public domain",
    "CC BY 4.0 (both)",
    "2018 revision",
    "survey 2024",
    "Retrieved 2024-01-01",
    "LGPL 2.1 or later",
    "UN terms of use",
    "Licence of the city",
    "June 2024",
    "Bilbao",
    "% of residents",
    "pages of 2024-10-01",
    "GitHub repository a/b, commit 5e3e46b",
]


@pytest.mark.parametrize("text", SAME)
def test_dates_licences_and_addresses_are_the_same_in_every_language(text: str) -> None:
    assert not language.is_sentence(text)
    assert language.Language("es").translated(text) == text


@pytest.mark.parametrize("text", SENTENCES)
def test_what_has_words_is_translated(text: str) -> None:
    assert language.is_sentence(text)


def test_names_are_asked_for_where_their_table_has_no_column_for_the_language() -> None:
    new, spanish = ({text for text, _ in translations.wanted(lang)} for lang in ("pt", "es"))
    names = {*tables.read("regions")["name_en"], *tables.read("catalogue")["name_en"], *tables.read("terms")["en"]}
    assert len(names) > 50
    assert names <= new
    assert not {*tables.read("regions")["name_en"]} - {"Oceania"} <= spanish


def test_a_country_that_cldr_does_not_name_is_asked_of_the_catalogue() -> None:
    (lacking,) = language.unnamed_by_cldr("ast")
    assert lacking in {text for text, _ in translations.wanted("ast")}
    with pytest.raises(MissingTranslation, match=lacking):
        language.Language("ast").country(_code_of(lacking))


def _code_of(name: str) -> str:
    english = language.Language("en")
    return str(next(iso3 for iso3 in tables.read("countries")["iso3"] if english.country(iso3) == name))


@pytest.mark.parametrize("code", ["pt_BR", "pt-BR", "PT", "portuguese", "false"])
def test_what_is_no_code_of_a_language_is_refused(code: str) -> None:
    text = (ROOT / "data" / "study.yml").read_text(encoding="utf-8")
    assert text.count("  eu: {name") == 1
    with pytest.raises(InvalidData, match=r"languages: '.+' is no code of a language"):
        config._load(text.replace("  eu: {name", f"  {code}: {{name"))


def test_a_language_that_cldr_does_not_know_is_refused() -> None:
    with pytest.raises(MissingTranslation, match="CLDR knows no language 'xx'"):
        translations.template("xx")


def test_all_that_languages_lack_is_named_at_once(
    compendium: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(lang: str) -> Path:
        return tmp_path / f"{lang}.po"

    for lang in ("es", "fr"):
        text = translations.file_of(lang).read_text(encoding="utf-8")
        assert text.count(f'msgstr "{NO[lang]}"') == 1
        spoilt(lang).write_text(text.replace(f'msgstr "{NO[lang]}"', 'msgstr ""'), encoding="utf-8")
    (compendium / "book" / "fr" / "cite.md").unlink()
    monkeypatch.setattr(translations, "file_of", spoilt)
    with pytest.raises(MissingTranslation) as caught:
        translations.check(("es", "fr"))
    said = str(caught.value)
    assert "In 'es', 1 thing is missing" in said
    assert "In 'fr', 2 things are missing" in said
    assert "book/fr/cite.md is missing" in said
    assert said.count("no translation: “Asia”") == 2
    assert not (compendium / ".study" / "good-translations").exists()


NO = {"es": "Asia", "fr": "Asie"}
