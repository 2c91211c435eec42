"""Files: their contents digested, written whole or not at all, and what a killed process left cleared away."""

import base64
import contextlib
import datetime
import hashlib
import io
import json
import os
import re
import shutil
import socket
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

from analysis import paths
from analysis.errors import Unreadable

# what a copy of the compendium leaves out, as patterns of names: what is made, tools, private answers
MADE = (
    ".git", ".venv*", "_build", ".study", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis", "private", ".ipynb_checkpoints",
)  # fmt: skip


def digest(content: bytes) -> str:
    """Digest a content (SHA-256)."""
    return hashlib.sha256(content).hexdigest()


def digest_text(content: bytes) -> str:
    """Digest a text, however its lines end: git and editors write CRLF for LF, and mean the same."""
    return digest(content.replace(b"\r\n", b"\n"))


def digest_file(file: Path) -> str:
    """Digest a file of text, as `digest_text` does."""
    return digest_text(file.read_bytes())


def data_uri(kind: str, content: bytes) -> str:
    """Give a content as an address that holds it; in an image, nothing within it can run."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def content_of(name: str) -> str:
    """Digest a file of the compendium, or all that a pattern such as `data/*/datapackage.json` names; empty for none."""
    if name.startswith(f"{paths.PRIVATE}/"):
        file = paths.private() / name.removeprefix(f"{paths.PRIVATE}/")
        return digest_file(file) if file.is_file() else ""
    found = sorted(paths.root().glob(name))
    if len(found) == 1 and "*" not in name:
        return digest_file(found[0])
    each = [f"{paths.shown(file)} {digest_file(file)}" for file in found]
    return digest("\n".join(each).encode()) if each else ""


def text_of(file: Path) -> str:
    """Read a text in UTF-8.

    Raises
    ------
    Unreadable
        Where it is none; the message names the line.
    """
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"{paths.shown(file)}, line {line}: this is no text in UTF-8. Save the file in this encoding, or restore it."
        ) from None


def json_of(file: Path) -> Any:
    """Read a file of JSON; where it is none, `Unreadable` says where it breaks off."""
    try:
        return json.loads(text_of(file))
    except ValueError as error:
        raise Unreadable(f"{paths.shown(file)} cannot be read as JSON: {error}. Restore it.") from None


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would drop the first unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for number, (key, _) in enumerate(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value in keys[:number]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' stands twice", key.start_mark
                )
        return super().construct_mapping(node, deep)


def yaml_of(file: Path) -> Any:
    """Read a file of YAML; where it is none, `Unreadable` says where it breaks off."""
    try:
        return yaml.load(text_of(file), _UniqueKeys)
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise Unreadable(f"{paths.shown(file)} cannot be read as YAML: {why}. Mend or restore it.") from None


def holds(file: Path, text: str) -> bool:
    """Say whether a file is there and holds exactly a text; what was spoilt holds something else."""
    return file.is_file() and file.read_bytes() == text.encode()


def same_bytes(archive: bytes, moment: datetime.datetime) -> bytes:
    """Pack a document of an office program again with one moment for it and all its parts: no trace of the time of writing."""
    out, stamp = io.BytesIO(), f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(io.BytesIO(archive)) as made, zipfile.ZipFile(out, "w") as packed:
        for name in made.namelist():
            content = made.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0  # on every system the same
            packed.writestr(entry, content)
    return out.getvalue()


def write_whole(file: Path, content: str | bytes) -> None:
    """Write a file so that it is there whole or not at all; a full disk leaves the earlier one as it was."""
    raw = content.encode() if isinstance(content, str) else content
    file.parent.mkdir(parents=True, exist_ok=True)
    # moving is one step on one disk alone: a file elsewhere is begun beside its place
    here = file.resolve().is_relative_to(paths.root().resolve())
    handle, name = tempfile.mkstemp(dir=workplace() if here else file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(raw)
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def workplace() -> Path:
    """Give a folder for the unfinished files of this process; it is on the disk of the compendium, so moving is one step."""
    folder = paths.state() / "unfinished" / f"{socket.gethostname()}-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def clear_unfinished() -> None:
    """Delete the unfinished files of processes of this machine that are no more."""
    for folder in (paths.state() / "unfinished").glob(f"{socket.gethostname()}-*"):
        number = folder.name.rpartition("-")[2]
        if number.isdigit() and (int(number) == os.getpid() or not _alive(int(number))):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else
        return True
    return True


def replace_folder(made: Path, target: Path) -> None:
    """Put a folder in the place of another; of two processes that do so at once, the later one stays, whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=workplace()))
    for number in range(9):
        with contextlib.suppress(FileNotFoundError):
            os.replace(target, aside / str(number))
        try:
            os.replace(made, target)
            break
        except OSError:  # another process has put its own there meanwhile
            if number == 8:
                raise
    shutil.rmtree(aside)
