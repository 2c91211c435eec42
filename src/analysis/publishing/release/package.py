"""The Data Package of a bundle: one descriptor for all tables, with the terms, sources, size and digest of each."""

from pathlib import Path
from typing import Any

from analysis import files, tables
from analysis.publishing.release import layout, terms
from analysis.publishing.release.described import Release

FILE = "datapackage.json"


def descriptor(release: Release, folder: Path) -> dict[str, Any]:
    """Describe the tables of a bundle that lies in a folder, as Frictionless reads it."""
    return {
        "name": release.package,
        "title": release.title,
        "description": release.abstract,
        "version": release.version,
        "keywords": list(release.keywords),
        "profile": "data-package",
        "contributors": [
            {"title": author.name, "path": author.website, "role": "author"} for author in release.authors
        ],
        "licenses": [
            {
                "name": "other",
                "title": "Each table has the terms of its own source: see LICENCES.md",
                "path": "LICENCES.md",
            }
        ],
        "resources": [_table_resource(name, folder) for name in sorted(tables.descriptors())],
    }


def _table_resource(name: str, folder: Path) -> dict[str, Any]:
    descriptor = {
        key: value for key, value in tables.descriptors()[name].items() if key not in ("folder", "bytes", "hash")
    }
    path = f"{layout.SOURCE}/data/{descriptor['path']}"
    content = (folder / path).read_bytes()
    return {
        **descriptor,
        "path": path,
        "profile": "tabular-data-resource",
        "sources": terms.sources_of(name),
        "licenses": [_licence_entry(terms_of_use) for terms_of_use in terms.of_table(name)],
        "bytes": len(content),
        "hash": f"sha256:{files.digest(content)}",
    }


def _licence_entry(terms_of_use: terms.Terms) -> dict[str, str]:
    """Write terms as a Data Package does, which knows names of open licences alone."""
    name = "CC-BY-4.0" if terms_of_use == terms.CC_BY else "other"
    return {"name": name, "title": terms_of_use.name, "path": terms_of_use.address or "LICENCES.md"}
