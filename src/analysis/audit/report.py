"""Telling what came of a comparison: a text for the terminal, a page and a table for whoever follows it up."""

import csv
import io
from pathlib import Path

import jinja2

from analysis import files, paths
from analysis.audit.comparing import DIFFERS, MISSING, NEW, UNPLACED, Audit, Difference

_SHOWN = 8
_HEADS = ("what", "indicator", "place", "name", "country", "year", "ours", "official", "row of the file")
_MEANING = {
    DIFFERS: "Our value and that of the file differ",
    MISSING: "Ours, and not in the file",
    NEW: "In the file, within our indicators, places and years, and not ours",
    UNPLACED: "Listed in the file, and unknown to data/indicators/city_matching.csv",
}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ audit.source }} and {{ audit.file }}</title>
<style>
body{font:16px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:bold}
td,th{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
</style>
<h1>Audit of {{ audit.source }}</h1>
<p>Compared with {{ audit.file }}.</p>
{% for line in lines %}<p>{{ line }}</p>
{% endfor %}
<table><caption>By indicator</caption>
<thead><tr><th scope="col">Indicator{% for head in counted %}<th scope="col" class="n">{{ head }}{% endfor %}</thead>
{% for one, counts in by_indicator %}<tr><th scope="row">{{ one }}{% for n in counts %}<td class="n">{{ n }}{% endfor %}</tr>
{% endfor %}</table>
{% for what, meaning, rows in kinds %}<h2>{{ meaning }}: {{ rows|length }}</h2>
<table><thead><tr>{% for head in heads %}<th scope="col">{{ head }}{% endfor %}</thead>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}{% endfor %}</tr>
{% endfor %}</table>
{% endfor %}
</html>
"""


def write_report(audit: Audit) -> list[Path]:
    """Write the page and the table into `_build/audit`, and give both."""
    base = paths.build() / "audit" / f"{audit.source}-{paths.slug(Path(audit.file).stem) or 'file'}"
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADS)
    writer.writerows([_harmless_cell(cell) for cell in _difference_row(difference)] for difference in audit.differences)
    written = {
        base.with_name(f"{base.name}.html"): _html_page(audit),
        base.with_name(f"{base.name}.csv"): out.getvalue(),
    }
    for file, content in written.items():
        files.write_whole(file, content)
    return list(written)


def report_text(audit: Audit) -> str:
    """Say what came of a comparison, with the first differences of each kind."""
    lines = _summary_lines(audit)
    for what, meaning in _MEANING.items():
        differences = audit.of(what)
        if differences:
            lines += [
                f"{meaning}: {len(differences)}",
                *(f"  {_difference_line(difference)}" for difference in differences[:_SHOWN]),
            ]
            lines += [f"  ... and {len(differences) - _SHOWN} more"] if len(differences) > _SHOWN else []
    return "\n".join(lines)


def _summary_lines(audit: Audit) -> list[str]:
    same, rounded = audit.same.total(), audit.rounded.total()
    counts = [f"{same} of our values stand in the file" + (f" ({rounded} of them after rounding)" if rounded else "")]
    counts += [f"{len(audit.of(DIFFERS))} differ", f"{len(audit.of(MISSING))} are missing in it"]
    counts += [f"{len(audit.of(NEW))} of the file are new"]
    elsewhere = [
        f"{n} {'value' if n == 1 else 'values'} not compared: {why}." for why, n in sorted(audit.elsewhere.items())
    ]
    return [f"{audit.source}: {', '.join(counts)}.", *elsewhere, *audit.notes]


def _difference_line(difference: Difference) -> str:
    place = (
        f"{difference.name or difference.place} ({difference.iso3})"
        if difference.iso3 != difference.place
        else difference.name or difference.place
    )
    year = f", {difference.year}" if difference.year else ""
    row = f" (row {difference.row})" if difference.row else ""
    values = {DIFFERS: f": ours {difference.ours}, official {difference.theirs}{row}", MISSING: f": ours {difference.ours}",
              NEW: f": official {difference.theirs}{row}", UNPLACED: row}  # fmt: skip
    return f"{difference.indicator}, {place}{year}{values[difference.what]}"


def _difference_row(difference: Difference) -> list[str]:
    return [
        difference.what,
        difference.indicator,
        difference.place,
        difference.name,
        difference.iso3,
        str(difference.year or ""),
        difference.ours,
        difference.theirs,
        str(difference.row or ""),
    ]


def _harmless_cell(cell: str) -> str:
    """Keep a spreadsheet program from taking a text of the file for a formula; numbers stay numbers."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") and not cell[1:2].isdigit() else cell


def _html_page(audit: Audit) -> str:
    names = list(dict.fromkeys([*audit.same, *(difference.indicator for difference in audit.differences)]))
    kinds = [what for what in _MEANING if audit.of(what)]
    counted = ["the same", *kinds]
    rows = [
        (
            name,
            [audit.same[name], *(sum(difference.indicator == name for difference in audit.of(what)) for what in kinds)],
        )
        for name in sorted(names)
    ]
    tables = [
        (what, _MEANING[what], [_difference_row(difference)[1:] for difference in audit.of(what)]) for what in kinds
    ]
    page = jinja2.Environment(autoescape=True).from_string(_PAGE)
    return page.render(
        audit=audit, lines=_summary_lines(audit), by_indicator=rows, counted=counted, kinds=tables, heads=_HEADS[1:]
    )
