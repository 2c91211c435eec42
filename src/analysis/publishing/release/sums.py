"""Checksums of a bundle, and its archive, which has the same bytes whenever it is made of the same files."""

import zipfile
from pathlib import Path

from analysis import files
from analysis.publishing.release.described import Release

FILE = "SHA256SUMS"


def names(folder: Path) -> list[str]:
    """List the files of a bundle, in order."""
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def write(folder: Path) -> None:
    """Write the checksums of all files of a bundle into it, as `sha256sum -c SHA256SUMS` reads them."""
    lines = [f"{files.digest((folder / name).read_bytes())}  {name}\n" for name in names(folder) if name != FILE]
    (folder / FILE).write_text("".join(lines), encoding="utf-8", newline="\n")
    (folder / FILE).chmod(0o644)


def archive(folder: Path, target: Path, release: Release) -> None:
    """Pack a bundle: entries in order, each with the moment of the release."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for name in names(folder):
            entry = zipfile.ZipInfo(f"{release.name}/{name}", release.moment)
            mode = 0o755 if (folder / name).stat().st_mode & 0o100 else 0o644
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # the modes of Unix, on every system
            entry.external_attr = (0o100000 | mode) << 16
            packed.writestr(entry, (folder / name).read_bytes(), compresslevel=6)
