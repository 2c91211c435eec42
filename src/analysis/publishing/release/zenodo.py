"""What Zenodo reads of a deposit: `.zenodo.json`."""

from typing import Any

from analysis.publishing.release import terms
from analysis.publishing.release.described import Release

FILE = ".zenodo.json"


def metadata(release: Release) -> dict[str, Any]:
    """Describe the deposit.

    Zenodo takes one licence for the whole. No open one is true of all of it, since some sources state none, so it is called what Zenodo
    calls "Other (Not Open)", and the note says which parts are open.
    """
    return {
        "title": release.title,
        "upload_type": "software",
        "version": release.version,
        "publication_date": release.date.isoformat(),
        "creators": [{"name": author.name} for author in release.authors],
        "description": release.abstract,
        "keywords": list(release.keywords),
        "language": "eng",
        "access_right": "open",
        "license": "other-closed",
        "notes": (
            f"Code: {release.licence}. Text and figures: {terms.CC_BY.name}. Data: each table and download keeps the terms of its own "
            "source, some of which state no open licence; LICENCES.md lists them, file by file. Zenodo takes one licence for "
            "the whole deposit, and no open one is true of all of it."
        ),
        "related_identifiers": [
            {"identifier": address, "relation": "isDerivedFrom", "scheme": "url", "resource_type": "dataset"}
            for address in sorted({source["path"] for source in terms.sources_of(terms.VALUES)})
        ],
    }
