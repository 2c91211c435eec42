"""What a codechecker starts from: `codecheck.yml`, as the CODECHECK configuration file specification 1.0 asks for it.

It is the authors' part alone: what is to be recreated, and the paper. Nobody has checked it yet, so the fields that the codechecker
fills in (codechecker, report, summary, check_time, certificate) are not there. Version 2.0 of the specification asks for the ORCID of
each author; an organisation has none.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from analysis import config
from analysis.execution import runs
from analysis.publishing.release import layout
from analysis.publishing.release.described import Release

FILE = "codecheck.yml"
VERSION = "https://codecheck.org.uk/spec/config/1.0/"
_HEAD = """\
%YAML 1.1
# Not yet codechecked. Whoever checks it adds: codechecker, report, and, if they like, summary, check_time, certificate.
---
"""


def text(release: Release, folder: Path) -> str:
    """Write the configuration file of a bundle that lies in a folder."""
    config: dict[str, Any] = {
        "version": VERSION,
        "manifest": [{"file": name, "comment": comment} for name, comment in outputs(folder)],
        "paper": {
            "title": release.title,
            "authors": [{"name": author.name} for author in release.authors],
            "reference": "paper.md in this bundle; not submitted yet",
        },
        "source": f"Everything is in this bundle: the compendium in {layout.SOURCE}/, its data in {layout.SOURCE}/data/.",
    }
    return _HEAD + yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=120)


def _subject(values: Mapping[str, Any]) -> str:
    """Say what a brief is about."""
    return ", ".join(f"the {name} {value}" for name, value in values.items()) or "the whole study"


def outputs(folder: Path) -> Iterator[tuple[str, str]]:
    """List what is to be recreated, with a comment: the print editions, and the data of every exhibit in the source language."""
    briefs = {run.sheet: f"brief of {_subject(values)}, {run.lang}" for run, values in runs.briefs()}
    for file in sorted((folder / layout.PDF).glob("*.pdf")):
        if file.stem in briefs:
            yield f"{layout.PDF}/{file.name}", briefs[file.stem]
        elif file.stem in config.load().built:
            yield f"{layout.PDF}/{file.name}", f"print edition, {file.stem}"
    place = f"{layout.SITE}/{config.SOURCE_LANGUAGE}/_static/exhibits"
    for file in sorted((folder / place).glob("*.csv")):
        cited = dict(
            re.findall(r"^(TI|N1)  - (.*)$", file.with_suffix(".ris").read_text(encoding="utf-8"), re.MULTILINE)
        )
        yield f"{place}/{file.name}", f"data of the exhibit '{cited['TI']}', {layout.SITE}/{cited['N1']}"
