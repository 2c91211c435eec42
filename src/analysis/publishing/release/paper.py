"""The paper on the software, `paper.md` and `paper.bib`, in the form that the Journal of Open Source Software asks for.

Its front matter comes from `CITATION.cff`, its counts from the bundle, its text from `paper.md.jinja`.
"""

from pathlib import Path
from typing import Any

import yaml

from analysis import config, library, tables
from analysis.execution import runs
from analysis.publishing.release import layout
from analysis.publishing.release.described import Release

FILE, REFERENCES = "paper.md", "paper.bib"
_HERE = Path(__file__).parent


def write(release: Release, folder: Path) -> None:
    """Write paper and references into a bundle that lies in a folder."""
    import jinja2  # needed here alone

    template = (_HERE / "paper.md.jinja").read_text(encoding="utf-8")
    body = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True).from_string(template)
    head = yaml.safe_dump(front_matter(release), sort_keys=False, allow_unicode=True, width=120)
    (folder / FILE).write_text(f"---\n{head}---\n\n{body.render(_counts(folder))}", encoding="utf-8", newline="\n")
    (folder / REFERENCES).write_bytes((_HERE / REFERENCES).read_bytes())


def front_matter(release: Release) -> dict[str, Any]:
    """Give the metadata of the paper: an organisation as author, since it names no people."""
    day = release.date
    return {
        "title": release.title,
        "tags": ["Python", *release.keywords],
        "authors": [
            {"name": {"literal": one.name}, "affiliation": n} for n, one in enumerate(release.authors, start=1)
        ],
        "affiliations": [{"index": n, "name": one.name} for n, one in enumerate(release.authors, start=1)],
        "date": f"{day.day} {day:%B} {day.year}",  # as "%e %B %Y"
        "bibliography": REFERENCES,
    }


def _counts(folder: Path) -> dict[str, int]:
    """Count what the paper speaks of."""
    exhibits = folder / layout.SITE / config.SOURCE_LANGUAGE / "_static" / "exhibits"
    return {
        **(study_counts() if (study_counts := library.extended("counts")) else {}),
        "languages": len(config.load().built),
        "notebooks": len(runs.runs()),
        "exhibits": len(list(exhibits.glob("*.csv"))),
        "tables": len(tables.descriptors()),
    }
