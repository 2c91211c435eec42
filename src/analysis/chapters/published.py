"""What the editions published, as chapters of axes and of editions show it: shares, findings in words, factors."""

from functools import partial
from typing import Any

import pandas as pd

from analysis import answers, figures, instrument, prose, statistics, tables
from analysis.chapters.common import OWN_LICENCE, Base, address_links, searchable
from analysis.exhibits import Exhibit, Listing, Paragraph, Part
from analysis.language import Language
from analysis.study import SOURCE_LANGUAGE


def assigned_note(chapter: Base) -> str:
    """Say that the areas of an edition were assigned to axes by the compendium."""
    return chapter.words.say(
        "This edition had areas of its own. The compendium assigned them to the axes; the study itself names the area only."
    )


def planned_note(chapter: Base, edition: int) -> str:
    """Say that an edition is planned, and whether cities have answered already."""
    if answers.read(edition) is None:
        return chapter.words.say(
            "The {edition} edition is planned; there are no answers of cities yet.", edition=edition
        )
    return chapter.words.say("The {edition} edition is planned; nothing of it is published yet.", edition=edition)


def planned_notes(chapter: Base) -> list[Part]:
    """Say which editions are planned, where a page on all editions leaves them out."""
    return [Paragraph(planned_note(chapter, year), "note") for year in chapter.study.planned]


def questionnaire_of(chapter: Base, edition: int, axis: str, id: str) -> list[Part]:
    """Show what a planned edition will ask on an axis, or across the axes for an empty one."""
    words, say, found = chapter.words, chapter.words.say, instrument.find(edition)
    if found is None:
        return [
            Paragraph(say("The questionnaire of the {edition} edition is not prepared yet.", edition=edition), "gap")
        ]
    asked = [one for one in found.of(axis=axis) if one.role not in ("city", "administration")]
    text = words.count(
        "The questionnaire of the {edition} edition has {n} question on this axis.",
        "The questionnaire of the {edition} edition has {n} questions on this axis.", len(asked), edition=edition,
    ) if axis else words.count(
        "The questionnaire of the {edition} edition has {n} question across the axes.",
        "The questionnaire of the {edition} edition has {n} questions across the axes.", len(asked), edition=edition,
    )  # fmt: skip
    shown = {
        "public": say("with the name of the city, where it agrees"), "grouped": say("in groups of cities alone"),
        "confidential": say("never"),
    }  # fmt: skip
    table = pd.DataFrame(
        [(one.label.get(chapter.lang, one.label[SOURCE_LANGUAGE]), shown[one.disclosure]) for one in asked],
        columns=[say("Question"), say("How answers may be shown")],
    )
    listing = Listing(id, say("What the {edition} edition will ask", edition=edition), table)
    return [Paragraph(text, "finding"), *([listing] if asked else [])]


def shares_of(chapter: Base, frame: pd.DataFrame, id: str, axis: str) -> list[Part]:
    """Show published shares; n, count and interval stand only where the base is known."""
    words = chapter.words
    frame = frame[frame["unit"] == "percent"]
    if frame.empty:
        return []
    known = frame[frame["n_cities"].notna()]
    unknown = frame[frame["n_cities"].isna()]
    parts: list[Part] = []
    if len(known):
        ordered = known.sort_values("value", kind="stable")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        how = words.say(" (base inferred)") if (known["base_status"] == "inferred").all() else ""
        given: dict[str, object] = {
            "how": how, "low": words.within(words.text(low, "label")), "low_count": _count(low, words),
            "high": words.within(words.text(high, "label")), "high_count": _count(high, words),
        }  # fmt: skip
        of_all = set(tables.read("editions", edition=int(low["edition"]))["n_cities"].dropna())
        if set(known["n_cities"]) == of_all:
            text = words.count(
                "{n} published share rests on the participating cities{how}: {high_count} ({high}).",
                "{n} published shares rest on the participating cities{how}, from {low_count} ({low}) to {high_count} ({high}).",
                len(known), **given,
            )  # fmt: skip
        else:  # a base that was printed may be a part of the cities
            text = words.count(
                "{n} published share has a known base{how}: {high_count} ({high}).",
                "{n} published shares have a known base{how}, from {low_count} ({low}) to {high_count} ({high}).",
                len(known), **given,
            )  # fmt: skip
        parts.append(Paragraph(text, "finding"))
    if len(unknown):
        items = [words.say("“{name}” ({value})", name=words.text(row, "label"), value=words.percent(row["value"]))
                 for _, row in unknown.iterrows()]  # fmt: skip
        text = words.count(
            "The base of {n} published share is unknown: {items}. It stands without n, count or interval.",
            "The base of {n} published shares is unknown: {items}. They stand without n, count or interval.",
            len(unknown), items=words.listed(items),
        )  # fmt: skip
        parts.append(Paragraph(text, "gap" if len(known) else "finding"))
    return [*parts, _shares_exhibit(chapter, frame, id, axis)]


def _count(row: "pd.Series[Any]", words: Language) -> str:
    return prose.count_of(round(row["value"] * row["n_cities"] / 100), int(row["n_cities"]), words)


def _shares_exhibit(chapter: Base, frame: pd.DataFrame, id: str, axis: str) -> Exhibit:
    words, say = chapter.words, chapter.words.say
    drawn, rows, data, alts = [], [], [], []
    status = {"stated": say("stated"), "inferred": say("inferred from whole numbers"), "unknown": say("unknown")}
    for _, row in frame.iterrows():
        label, percent = words.text(row, "label"), words.percent(row["value"])
        low = high = n = count = None
        text, shown, interval = say("{percent}, base unknown", percent=percent), "", ""
        if pd.notna(row["n_cities"]):
            n = int(row["n_cities"])
            count = round(row["value"] * n / 100)
            low, high = (100 * end for end in statistics.wilson(count, n))
            shown = prose.count_of(count, n, words)
            interval = f"{words.percent(low)} \N{EN DASH} {words.percent(high)}"
            text = say("{count} ({percent})", count=shown, percent=percent)
            if row["base_status"] == "inferred":
                text = say("{count} ({percent}), inferred", count=shown, percent=percent)
        drawn.append(figures.Share(label, row["value"], text, low, high))
        alts.append(f"{label}: {text}")
        how = (
            say("published as all the cities, without a figure")
            if row["bound"] == "all"
            else status[row["base_status"]]
        )
        rows.append((label, percent, shown, interval, how, row["id"]))
        data.append((row["id"], row["edition"], row["axis"], row["statement_en"], row["value"], "percent", count, n, low, high,
                     row["base_status"], row["source_url"], OWN_LICENCE))  # fmt: skip
    known = frame["n_cities"].notna()
    notes = [
        say("A bar is the {confidence} Wilson interval: what a random sample of that size could show. The cities chose to take part; "
            "they are no sample of the world's cities.", confidence=prose.confidence(words)),
    ] if known.any() else []  # fmt: skip
    if (frame["base_status"] == "inferred").any():
        notes.append(
            say(
                "The base is inferred: the published percentages are whole numbers of the participating cities; no source prints it."
            )
        )
    if not known.all():
        notes.append(say("A hollow dot has an unknown base: it has no n, no count and no interval."))
    bars = say("{confidence} interval", confidence=prose.confidence(words))
    table = pd.DataFrame(rows, columns=[say("Finding"), say("Share"), say("Cities"), bars, say("Base"), say("Row")])
    values = frame["value"]
    return Exhibit(
        id=id, title=say("Published shares from {low} to {high}", low=words.percent(values.min()), high=words.percent(values.max()))
        if len(frame) > 2 else words.listed(f"{words.text(row, 'label')}: {words.percent(row['value'])}" for _, row in frame.iterrows()),
        subtitle=words.count("Percent; {n} finding published by the {edition} edition", "Percent; {n} findings published by the {edition} edition",
                             len(frame), edition=frame["edition"].iloc[0]),
        alt=say("Dots on a scale from 0 to 100 percent.") + " " + "; ".join(alts) + ".", table=table,
        data=pd.DataFrame(data, columns=["id", "edition", "axis", "statement", "value", "unit", "count", "n", "wilson_low",
                                         "wilson_high", "base_status", "source", "licence"]),
        source=say("pages of the edition, as compiled in the table of findings ({rows})", rows=words.listed(frame["id"])) + ".",
        draw=partial(figures.shares, drawn, axis), language=words, notes=tuple(notes), colour=figures.colour(axis),
    )  # fmt: skip


def statements_of(chapter: Base, frame: pd.DataFrame, id: str) -> list[Part]:
    """Show what was published in words, without a figure."""
    words, say = chapter.words, chapter.words.say
    frame = frame[frame["unit"] == "qualitative"]
    if frame.empty:
        return []
    text = words.count(
        "{n} finding was published in words, without a figure.", "{n} findings were published in words, without a figure.",
        len(frame),
    )  # fmt: skip
    table = pd.DataFrame(
        {
            say("Finding, in our words"): [words.text(row, "statement") for _, row in frame.iterrows()],
            say("Row"): frame["id"],
            say("Published at"): frame["source_url"],
        }
    )
    return [
        Paragraph(text, "finding"),
        Listing(id, say("Findings published in words"), table, {say("Published at"): address_links}),
    ]


def kinds_of_factors(words: Language) -> dict[str, str]:
    """Name the kinds of factors, in the order in which they are shown."""
    say = words.say
    return {
        "barrier": say("hinders"), "challenge": say("challenge"), "enabler": say("helps"),
        "recommendation": say("recommendation"),
    }  # fmt: skip


def origins(words: Language) -> dict[str, str]:
    """Say where a factor comes from."""
    return {"foreword": words.say("foreword, not a result of the questionnaire"), "study": words.say("study")}


def counted_factors(kinds: "pd.Series[str]", words: Language) -> str:
    """Count factors by kind, "3 enablers and 2 challenges"."""
    number = {kind: int((kinds == kind).sum()) for kind in ("barrier", "challenge", "enabler", "recommendation")}
    written = {
        "barrier": words.count("{n} barrier", "{n} barriers", number["barrier"]),
        "challenge": words.count("{n} challenge", "{n} challenges", number["challenge"]),
        "enabler": words.count("{n} enabler", "{n} enablers", number["enabler"]),
        "recommendation": words.count("{n} recommendation", "{n} recommendations", number["recommendation"]),
    }
    return words.listed(text for kind, text in written.items() if number[kind])


def practices_listing(chapter: Base, frame: pd.DataFrame, id: str) -> Listing:
    """List good practices with what is known of them; the rows can be searched."""
    words, say = chapter.words, chapter.words.say
    unknown = say("not stated")
    table = pd.DataFrame(
        {
            say("Practice"): [words.translated(name) for name in frame["name"]],
            say("City"): [
                f"{words.city(row['city'])} ({words.country(row['country_iso3'])})" for _, row in frame.iterrows()
            ],
            say("Axis"): [chapter.axis_name(axis) for axis in frame["axis"]],
            say("SDG"): [unknown if pd.isna(number) else str(number) for number in frame["sdg"]],
            say("Edition"): [unknown if pd.isna(year) else str(year) for year in frame["edition"]],
            say("What it is"): [words.text(row, "description") for _, row in frame.iterrows()],
            say("Published at"): frame["source"],
        }
    )
    listing = Listing(id, say("Good practices"), table, {say("Published at"): address_links})
    return searchable(listing, say("Search the practices"), words)


def can_be_filled(words: Language, edition: int | None = None) -> Paragraph:
    """Say how such a gap can be filled."""
    command = "study gaps" if edition is None else f"study gaps --edition {edition}"
    return Paragraph(
        words.say("Who has the full report can fill this gap: the command “{command}” writes the questions as a spreadsheet, "
                  "and reads the answers back with their page.", command=command), "note",
    )  # fmt: skip


def factors_of(chapter: Base, edition: int, axis: str, id: str) -> list[Part]:
    """Show barriers, enablers, challenges and recommendations of an edition on an axis."""
    words, say = chapter.words, chapter.words.say
    frame = tables.read("factors", edition=edition, axis=axis)
    kinds = kinds_of_factors(words)
    parts: list[Part] = []
    if frame.empty and chapter.study.edition(edition).planned:
        text = say("What helps and what hinders is not known of the {edition} edition yet.", edition=edition)
        parts.append(Paragraph(text, "gap"))
    elif frame.empty:
        parts.append(
            Paragraph(say("No enabler, challenge or recommendation was published here in the pages seen."), "gap")
        )
    else:
        counted = counted_factors(frame["kind"], words)
        parts.append(Paragraph(say("What helps and what hinders: {counts} published.", counts=counted), "finding"))
    if tables.read("factors", kind="barrier").empty:
        parts.append(
            Paragraph(
                say(
                    "No edition has published a list of barriers in the pages seen: what hinders is known by its challenges alone."
                ),
                "gap",
            )
        )
    if len(frame):
        origin = origins(words)
        table = pd.DataFrame(
            {
                say("Kind"): [kinds[kind] for kind in frame["kind"]],
                say("Factor, in our words"): [words.text(row, "text") for _, row in frame.iterrows()],
                say("Comes from"): [origin[value] for value in frame["origin"]],
                say("Published at"): frame["source_url"],
            }
        )
        parts.append(Listing(id, say("What helps and what hinders"), table, {say("Published at"): address_links}))
    return parts
