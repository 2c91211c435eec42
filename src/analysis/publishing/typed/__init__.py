"""No typed numbers: every number in the prose of the study comes from a computed fact, or is declared with its reason.

Before a book is built, templates, hand-written pages, the sentences of the library, the tables and the translations are searched
(`check`); what is executed is searched by its receipts (`analysis.publishing.typed.founded`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis import files, library, paths, translations
from analysis.config import SOURCE_LANGUAGE
from analysis.errors import TypedNumber
from analysis.language import language
from analysis.publishing import book
from analysis.publishing.typed import exceptions, gone, numerals, texts
from analysis.publishing.typed.exceptions import Exceptions

_HEAD = (
    "Numbers in prose must come from computed facts, and facts that it names must be there. Mend what follows; a number that no "
    f"computation gives is declared with its words and the reason in {exceptions.SHOWN}."
)
_AROUND = 30  # letters shown at either side of a number


@dataclass(frozen=True)
class Found:
    """What a search found: problems, which stop a build, and what is declared or offered and no text needs any more."""

    problems: list[str]
    leftovers: list[str]


def check(languages: Sequence[str]) -> list[str]:
    """Refuse prose with numbers that come from no fact, and with facts that are there no longer.

    What was found good is not searched again until a source changes.

    Returns
    -------
    list of str
        What no text needs any more.

    Raises
    ------
    TypedNumber
        Where something is to be mended.
    """
    good, now = paths.state() / "good-numbers", _digest(languages)
    if files.holds(good, now):
        return []
    found = search(languages)
    if found.problems:
        more = [f"and {len(found.problems) - 20} more"] if len(found.problems) > 20 else []
        raise TypedNumber("\n  ".join([_HEAD, *found.problems[:20], *more]))
    if not found.leftovers:
        files.write_whole(good, now)
    return found.leftovers


def check_exhibits(lang: str) -> None:
    """Raise `TypedNumber` where pages in a language cite an exhibit that no executed chapter makes."""
    if found := gone.exhibits(lang, gone.made(lang)):
        raise TypedNumber("\n  ".join(["Exhibits that are cited are not made:", *found[:20]]))


def search(languages: Sequence[str], declared: Exceptions | None = None) -> Found:
    """Search all prose for numbers that nothing computes and for facts that are there no longer.

    Parameters
    ----------
    languages
        Languages whose pages and translations are searched; everything else is English.
    declared
        What may stand; what `exceptions.yml` declares where it is not given.
    """
    declared, offered = declared or exceptions.load(), _offered()
    sentences, prose = texts.library()
    found = [problem for lang in languages for problem in untraced(texts.pages(lang), declared, offered)]
    found += untraced((*texts.templates(), *prose, *texts.of_tables(), *texts.citation()), declared, {})
    for lang in languages:
        found += gone.substitutions(lang, offered) + translated(lang)
    left = [
        f"{exceptions.SHOWN}: no text needs “{one.text}” ({one.lang}) any more. Delete it."
        for one in declared.unused(languages)
    ]
    return Found(found + gone.values(sentences), left + gone.unused(_own()))


def quotations() -> list[tuple[str, str]]:
    """List the texts of the tables that have numbers of their sources in them: place, and source."""
    return [
        (text.place(0), text.quoted)
        for text in texts.of_tables()
        if text.quoted and numerals.find(text.prose, text.lang)
    ]


def translated(lang: str) -> list[str]:
    """List the translations that have other numbers than the English, in digits or in words."""
    if lang == SOURCE_LANGUAGE:
        return []
    found = []
    for message in translations.catalogue(lang):
        ids, strings = _several(message.id), _several(message.string)
        if not message.id or not all(strings):
            continue
        written, given = _values(ids, SOURCE_LANGUAGE, lang), _values(strings, lang, lang)
        implied = {value for text in ids for value in numerals.implied(text, SOURCE_LANGUAGE)}
        implied |= {value for text in strings for value in numerals.implied(text, lang)}
        in_digits = {value for text in ids for value in numerals.digits(_plain(text))}
        for value in sorted((given - written - implied) | (in_digits - given)):
            what = "has a number that the English has not" if value in given else "lacks a number of the English"
            found.append(f"{paths.shown(translations.file_of(lang))}, line {message.lineno}: the translation of "
                         f"“{gone.shorter(ids[-1])}” {what}: {value}. Mend the translation.")  # fmt: skip
    return found


def _values(found: Sequence[str], lang: str, other: str) -> set[str]:
    """Give the numbers of texts by their values; of a language whose words for numbers are not known, those in digits."""
    prose = [_plain(text) for text in found]
    if not numerals.has_words(other):
        return {value for text in prose for value in numerals.digits(text)}
    return {one.value for text in prose for one in numerals.find(text, lang)}


def _plain(text: str) -> str:
    return numerals.without_months(numerals.sentence(text))


def _several(text: object) -> list[str]:
    return [str(one) for one in text] if isinstance(text, list | tuple) else [str(text or "")]


def untraced(found: Iterable[texts.Text], declared: Exceptions, offered: Mapping[str, str]) -> Iterator[str]:
    """Say which numbers of texts come from no fact, and how to mend each."""
    for text in found:
        for one in () if text.quoted else declared.left(text.prose, text.lang, text.file):
            start, end = max(0, one.start - _AROUND), one.end + _AROUND
            around = " ".join(text.prose[start:end].replace("\0", " ").split())
            yield f"{text.place(one.start)}: “{one.text}” in “{around}” comes from no computed fact. {_mend(text, one, offered)}"


def _mend(text: texts.Text, one: numerals.Numeral, offered: Mapping[str, str]) -> str:
    if text.kind == texts.PAGE:
        same = [f"{{{{ {name} }}}}" for name, value in offered.items() if value in (one.text, f"{one.text}%")]
        return (
            f"Write {' or '.join(same)}, if that is what is meant."
            if same
            else "Write a substitution, {{ window }} say."
        )
    return {
        texts.TEMPLATE: "Let the chapter say it, by words.say.",
        texts.CELL: "Make it a parameter, or compute it in the library.",
        texts.TABLE: "Give the row its source, as a quotation has it.",
        texts.CITATION: "Leave it out.",
    }.get(text.kind, "Compute it, and give it to the sentence as a value, {n} say.")


def _offered() -> dict[str, str]:
    """Give what hand-written pages may use; the names are the same in every language."""
    return book.substitutions(SOURCE_LANGUAGE)


def _own() -> dict[str, str]:
    """Give what the study itself offers, all of which its pages must use."""
    offered = library.extended("substitutions")
    return dict(offered(language(SOURCE_LANGUAGE))) if offered else {}


def _digest(languages: Sequence[str]) -> str:
    sources = translations.digest_of_sources(tuple(languages))
    return files.digest(f"{sources} {files.content_of(exceptions.SHOWN)}".encode())
