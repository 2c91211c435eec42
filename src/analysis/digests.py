"""Digests of the tables: each descriptor says how many bytes its tables have, and their SHA-256.

`bytes` and `hash` are properties of a resource in the Data Package standard, so whoever gets the tables elsewhere can check
them with any tool. A table that was changed without its descriptor is named; `study digests` writes what is there now.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis import files, paths
from analysis.errors import InvalidData

COMMAND = "study digests"
_NAME = "datapackage.json"


def of(content: bytes) -> dict[str, Any]:
    """Give what a descriptor says of the content of its table."""
    return {"bytes": len(content), "hash": f"sha256:{files.digest(content)}"}


def problem(descriptor: Mapping[str, Any]) -> str:
    """Say what is wrong with the digest of a table, as `tables.descriptors` gives it; empty where nothing is."""
    file, where = f"data/{descriptor['path']}", f"data/{descriptor['folder']}/{_NAME}"
    said, now = descriptor.get("hash"), of((paths.data() / descriptor["path"]).read_bytes())
    if said is None or "bytes" not in descriptor:
        return f"{where}: the table '{descriptor['name']}' has no digest there. Write it with: {COMMAND}"
    if said == now["hash"] and descriptor["bytes"] == now["bytes"]:
        return ""
    content = (paths.data() / descriptor["path"]).read_bytes()
    if b"\r\n" in content and of(content.replace(b"\r\n", b"\n"))["hash"] == said:
        return (
            f"{file} has other line endings (CRLF) than the table that {where} describes (LF); its values are the same. "
            "An editor, or git with core.autocrlf, wrote them. Save it with LF, or restore it."
        )
    return (
        f"{file} is not the table that {where} describes: {now['bytes']} bytes, {_short(now['hash'])}. Expected: "
        f"{descriptor['bytes']} bytes, {_short(said)}. If it was meant to change: {COMMAND}. If not, restore it."
    )


def _short(text: object) -> str:
    return str(text)[: len("sha256:") + 12]


def updated(changed: Mapping[str, str]) -> dict[str, str]:
    """Give the descriptors that have to change with some tables.

    Parameters
    ----------
    changed
        New content of files, by their path in `data/`.

    Returns
    -------
    dict
        New content of descriptors, by their path in `data/`; only those that are other than before.
    """
    tables = {path: content for path, content in changed.items() if path.endswith(".csv")}
    found = {}
    for folder in dict.fromkeys(path.split("/")[0] for path in tables):
        path = f"{folder}/{_NAME}"
        before = changed.get(path) or (paths.data() / path).read_bytes().decode()
        after = _text(before, {name.removeprefix(f"{folder}/"): content.encode() for name, content in tables.items()})
        if after != before:
            found[path] = after
    return found


def update() -> list[str]:
    """Write the digests of all tables as they are into their descriptors, and give the descriptors that changed.

    Raises
    ------
    InvalidData
        Where a table is missing; then nothing is changed.
    """
    written = {}
    for file in sorted(paths.data().glob(f"*/{_NAME}")):
        before = file.read_bytes().decode()
        after = _text(before, _contents(file, before))
        if after != before:
            written[file] = after
    for file, text in written.items():
        files.write_whole(file, text)
    return [paths.shown(file) for file in written]


def _contents(file: Path, text: str) -> dict[str, bytes]:
    found = {}
    for resource in json.loads(text)["resources"]:
        table = file.parent / resource["path"]
        if not table.is_file():
            raise InvalidData(f"{paths.shown(table)} is missing. Restore it, or take the table out of its {_NAME}.")
        found[resource["path"]] = table.read_bytes()
    return found


def _text(text: str, contents: Mapping[str, bytes]) -> str:
    """Write a descriptor with the digests of some of its tables; all else stays as it is."""
    package = json.loads(text)
    resources: Iterable[dict[str, Any]] = package["resources"]
    package["resources"] = [
        _with(one, of(contents[one["path"]])) if one["path"] in contents else one for one in resources
    ]
    if package == json.loads(text):
        return text
    ending = "\r\n" if "\r\n" in text else "\n"
    return json.dumps(package, indent=2, ensure_ascii=False).replace("\n", ending) + ending


def _with(resource: dict[str, Any], digest: dict[str, Any]) -> dict[str, Any]:
    """Put the digest behind the encoding, where a reader looks for what the file is."""
    rest = {key: value for key, value in resource.items() if key not in digest}
    at = list(rest).index("encoding") + 1 if "encoding" in rest else len(rest)
    items = list(rest.items())
    return dict([*items[:at], *digest.items(), *items[at:]])
