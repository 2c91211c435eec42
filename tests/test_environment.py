"""The ways to set up the environment agree with one another."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked() -> dict[str, str]:
    """Give the versions that Python 3.11 gets; some packages have another one for later Pythons."""
    lines = re.findall(r"^([\w.-]+==[^\\\n]+)", LOCK, re.MULTILINE)
    entries = [Requirement(line.strip()) for line in lines]
    python = {"python_version": "3.11", "python_full_version": "3.11.7"}
    kept = [one for one in entries if one.marker is None or one.marker.evaluate(python)]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in kept}


def conda() -> tuple[dict[str, str], list[str]]:
    """Give the packages of environment.yml with their versions, and what stands besides."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    pinned = [entry.split("==") for entry in pip if "==" in entry]
    return {canonicalize_name(name): version for name, version in pinned}, [entry for entry in pip if "==" not in entry]


def test_environment_yml_names_the_packages_of_the_project_in_the_versions_of_the_lock() -> None:
    wanted = {canonicalize_name(one.name): one for one in map(Requirement, project()["project"]["dependencies"])}
    packages, rest = conda()
    assert set(packages) == set(wanted)
    assert rest == ["-e ."]
    for name, version in packages.items():
        assert version == locked()[name]
        assert wanted[canonicalize_name(name)].specifier.contains(version), name


def test_everything_the_project_and_its_tests_need_is_in_the_lock() -> None:
    groups = project()["dependency-groups"]
    for text in [*project()["project"]["dependencies"], *groups["test"], *groups["lint"]]:
        one = Requirement(text)
        assert one.specifier.contains(locked()[canonicalize_name(one.name)]), text


def test_the_lock_has_hashes_and_no_address() -> None:
    blocks = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) >= len(locked()) > 100
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK


def test_python_is_the_same_everywhere() -> None:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert "python=3.11" in entries
    assert project()["project"]["requires-python"] == ">=3.11"
    assert "3.11" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def test_the_citation_has_the_version_of_the_project() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == project()["project"]["version"]
    assert citation["cff-version"] == "1.2.0"


def test_commands_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set() < set(re.findall(r"make ([a-z-]+)", readme)) <= targets
    assert len(readme.splitlines()) < 120
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", readme):
        assert (ROOT / picture).is_file(), picture


def test_ci_calls_the_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(f"make {target}" in script for target in ("book", "test", "test-all"))
    assert Path(ROOT / ".ci" / "run").stat().st_mode & 0o100
