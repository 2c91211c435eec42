"""What the forms say beside the instrument, in its three languages: how to answer, when a question is asked, limits, countries."""

from collections.abc import Iterator
from functools import lru_cache

from analysis import paths, tables
from analysis.instrument import LANGUAGES, Instrument, Question, Texts
from analysis.language import language

NONE = "none"  # a choice that excludes the others
YEAR = "year"  # a unit that nobody needs to read
TEXTS: dict[str, Texts] = {
    "time": {
        "en": "Time to answer: about {minutes} minutes.",
        "es": "Tiempo de respuesta: unos {minutes} minutos.",
        "fr": "Temps de réponse : environ {minutes} minutes.",
    },
    "stars": {
        "en": "Questions with * need an answer. Any other may stay empty: empty means “not known”, never “no”.",
        "es": "Las preguntas con * necesitan respuesta. Las demás pueden quedar vacías: vacío significa «no se sabe», nunca «no».",
        "fr": "Les questions marquées * demandent une réponse. Les autres peuvent rester vides : vide signifie « non connu », jamais « non ».",
    },
    "only_if": {
        "en": "Only if the answer to question {number} is: {answers}.",
        "es": "Solo si la respuesta a la pregunta {number} es: {answers}.",
        "fr": "Seulement si la réponse à la question {number} est : {answers}.",
    },
    "one": {"en": "Mark one.", "es": "Marque una.", "fr": "Cochez une seule réponse."},
    "from_to": {"en": "From {low} to {high}", "es": "De {low} a {high}", "fr": "De {low} à {high}"},
    "at_least": {"en": "{low} or more", "es": "{low} o más", "fr": "{low} ou plus"},
    "at_most": {"en": "{high} or less", "es": "{high} o menos", "fr": "{high} ou moins"},
    "mail": {
        "en": "An e-mail address, name@city.org say.",
        "es": "Una dirección de correo, por ejemplo nombre@ciudad.org.",
        "fr": "Une adresse électronique, par exemple nom@ville.org.",
    },
    "alone": {
        "en": "“{none}” excludes the other choices.",
        "es": "«{none}» excluye las demás opciones.",
        "fr": "« {none} » exclut les autres choix.",
    },
}  # fmt: skip


def say(name: str, lang: str, **values: object) -> str:
    """Give a text of the forms in a language, with its values filled in."""
    return TEXTS[name][lang].format(**values)


def numbers(instrument: Instrument) -> dict[str, int]:
    """Give each question the number under which spreadsheet and document show it."""
    return {question.id: number for number, question in enumerate(instrument, start=1)}


def starred(question: Question, lang: str) -> str:
    """Give the label of a question, with a star where it needs an answer."""
    return question.label[lang] + (" *" if question.required else "")


def only_if(instrument: Instrument, question: Question, lang: str) -> str:
    """Say when a question is asked; nothing where it always is."""
    if question.relevant is None:
        return ""
    before = instrument[question.relevant.question]
    labels = [choice.label[lang] for choice in before.choices if choice.code in question.relevant.answers]
    return say("only_if", lang, number=numbers(instrument)[before.id], answers="; ".join(labels))


def limits(question: Question, lang: str) -> str:
    """Say which numbers a question takes, with its unit; nothing where any will do."""
    low, high = (None if limit is None else f"{limit:g}" for limit in (question.minimum, question.maximum))
    if low is not None and high is not None:
        range_text = say("from_to", lang, low=low, high=high)
    elif low is not None:
        range_text = say("at_least", lang, low=low)
    else:
        range_text = "" if high is None else say("at_most", lang, high=high)
    unit = "" if question.unit == YEAR else question.unit
    return "\N{NO-BREAK SPACE}".join(part for part in (range_text, unit) if part)


def help_on(question: Question, lang: str) -> str:
    """Give the hint of a question together with its limits; nothing where it has neither."""
    limits_text = limits(question, lang)
    return " ".join(part for part in (question.hint.get(lang, ""), f"{limits_text}." if limits_text else "") if part)


def whole(question: Question) -> bool:
    """Tell whether a question asks for a whole number: a year, or a count, which has no unit."""
    return question.unit in ("", YEAR)


def countries(lang: str) -> list[tuple[str, str]]:
    """List the countries that an answer can name: code and name, in the order of the language."""
    return _sorted_countries(lang, tuple(sorted(tables.read("countries")["iso3"])))


@lru_cache(maxsize=len(LANGUAGES))
def _sorted_countries(lang: str, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    names = ((code, language(lang).country(code)) for code in codes)
    return sorted(names, key=lambda country: (paths.plain(country[1]), country[0]))


def instructions(instrument: Instrument, lang: str) -> Iterator[str]:
    """Give what stands before the first question in every form."""
    if instrument.introduction:
        yield instrument.introduction[lang]
    if instrument.minutes:
        yield say("time", lang, minutes=instrument.minutes)
    yield say("stars", lang)
