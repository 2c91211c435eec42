"""The book: Jupyter Book compiles the executed chapters and the hand-written pages; it never executes anything."""

import base64
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import jinja2
import nbformat
import yaml

from analysis import files, paths, statistics, study
from analysis.chapters import setting
from analysis.errors import BookFailed
from analysis.execution.runs import lead_city
from analysis.language import language

_FIGURE = re.compile(r'<figure class="exhibit" id="(?P<id>[\w-]+)".*?</figure>', re.DOTALL)
_STATIC = Path(__file__).parent / "static"


def contents(lang: str) -> dict[str, Any]:
    """Make the table of contents: the hand-written pages of `book/pages.yml`, then editions and axes of the matrix."""
    matrix, words = study.load(), language(lang)
    pages = yaml.safe_load((paths.root() / "book" / "pages.yml").read_text(encoding="utf-8"))
    editions = [
        {
            "file": f"editions/{year}/index",
            "sections": [{"file": f"editions/{year}/{axis}"} for axis in edition.axes],
        }
        for year, edition in matrix.editions.items()
    ]
    return {
        "format": "jb-book",
        "root": "index",
        "parts": [
            {"caption": words.say("About the study"), "chapters": [{"file": page} for page in pages]},
            {"caption": words.say("Editions"), "chapters": editions},
            {"caption": words.say("The lead city"), "chapters": [{"file": lead_city(lang).page}]},
        ],
    }


def _files(entry: Any) -> list[str]:
    """List all files that a table of contents names."""
    if isinstance(entry, dict):
        own = [entry[key] for key in ("root", "file") if key in entry]
        return own + [file for value in entry.values() for file in _files(value)]
    return [file for one in entry for file in _files(one)] if isinstance(entry, list) else []


def check_pages(lang: str, toc: dict[str, Any]) -> None:
    """Raise `BookFailed` for a page without a place in the contents, or a place without a page."""
    folder, named = paths.book(lang), set(_files(toc))
    for name in sorted(named):
        if not any((folder / f"{name}{suffix}").is_file() for suffix in (".md", ".ipynb")):
            mend = "Execute it with `study run`." if name.startswith(("editions/", "cities/", "index", "sources")) else (
                f"Write {paths.shown(folder)}/{name}.md, or take '{name}' out of book/pages.yml."
            )  # fmt: skip
            raise BookFailed(f"The table of contents names '{name}', but book/{lang} has no such page. {mend}")
    for file in sorted([*folder.rglob("*.md"), *folder.rglob("*.ipynb")]):
        name = file.relative_to(folder).with_suffix("").as_posix()
        if name not in named and ".ipynb_checkpoints" not in name:
            raise BookFailed(
                f"{paths.shown(file)} is in no table of contents, so no reader would find it. "
                f"Add '{name}' to book/pages.yml, or delete the file."
            )


def build(lang: str) -> Path:
    """Build the book in one language into `_build/html/<lang>/` and give that folder.

    The folder of an earlier build is replaced once the new one is whole. Warnings are errors.

    Raises
    ------
    BookFailed
        Where a page has no place in the contents, a link or figure leads nowhere, or Jupyter Book fails.
    """
    toc = contents(lang)
    check_pages(lang, toc)
    stage = files.workplace() / "source" / lang  # each process builds in a place of its own
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(paths.book(lang), stage, ignore=shutil.ignore_patterns(".ipynb_checkpoints", ".*"))
    shutil.copytree(_STATIC, stage / "_static", dirs_exist_ok=True)
    _unpack(stage)
    (stage / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (stage / "_config.yml").write_text(_config(lang), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(stage), "--all", "-W", "--keep-going", "-q"],
        capture_output=True, text=True, check=False, cwd=stage,
        env=os.environ | {"PYTHONHASHSEED": "0", "NO_COLOR": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
    )  # fmt: skip
    made = stage / "_build" / "html"
    if result.returncode or not (made / "index.html").is_file():
        raise BookFailed(_complaint(lang, stage, result.stdout + result.stderr))
    (made / ".buildinfo").unlink(missing_ok=True)
    for file in paths.book(lang).rglob("*.ipynb"):  # the download of a page is the executed notebook, whole
        source = made / "_sources" / file.relative_to(paths.book(lang))
        if source.is_file():
            shutil.copyfile(file, source)
    target = paths.build() / "html" / lang
    files.replace_folder(made, target)
    shutil.rmtree(stage)
    return target


def _unpack(stage: Path) -> None:
    """Put pictures and downloads of exhibits into files named by the exhibit, so that pages stay light.

    In a notebook they are inside the page, so that it can be read anywhere by itself.
    """
    folder = stage / "_static" / "exhibits"
    folder.mkdir(parents=True, exist_ok=True)
    for file in stage.rglob("*.ipynb"):
        notebook = nbformat.read(str(file), as_version=4)
        up = "../" * (len(file.relative_to(stage).parts) - 1)
        for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
            if html := output.get("data", {}).get("text/html"):
                output["data"]["text/html"] = re.sub(_FIGURE, partial(_unpack_one, folder, up), html)
        nbformat.write(notebook, str(file))


def _unpack_one(folder: Path, up: str, figure: re.Match[str]) -> str:
    name, text = figure["id"], figure[0]
    for attribute, suffix in (("srcset", "-narrow.svg"), ("src", ".svg"), ("href", ".csv")):
        packed = re.search(rf' {attribute}="data:[^,"]*;base64,([^"]*)"', text)
        if packed is None:
            raise BookFailed(
                f"Exhibit '{name}' has no {suffix[-3:]} inside. Execute its notebook again: study run --force."
            )
        (folder / f"{name}{suffix}").write_bytes(base64.b64decode(packed[1]))
        text = text.replace(packed[0], f' {attribute}="{up}_static/exhibits/{name}{suffix}"')
    return text.replace("<img ", '<img loading="lazy" ')


def _complaint(lang: str, stage: Path, output: str) -> str:
    """Keep of the output of Jupyter Book what a person can act on, with the paths of the pages as they know them."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output).replace(str(stage), f"book/{lang}")
    lines = [line.strip() for line in plain.splitlines() if re.search(r"WARNING|ERROR|Error\b|error:", line)]
    kept = list(dict.fromkeys(lines)) or plain.strip().splitlines()[-8:]
    return "The book was not built; the last good one is kept. Jupyter Book says:\n  " + "\n  ".join(kept[:20])


def _config(lang: str) -> str:
    """Take `_config.yml` of the project and set what depends on the language."""
    config = yaml.safe_load((paths.root() / "_config.yml").read_text(encoding="utf-8"))
    config["title"] = language(lang).say(config["title"])
    config["sphinx"]["config"]["language"] = lang
    config["sphinx"]["config"]["nb_code_prompt_show"] = language(lang).say("Code")
    config["sphinx"]["config"]["nb_code_prompt_hide"] = language(lang).say("Hide code")
    config["parse"]["myst_substitutions"] = substitutions(lang)
    return yaml.safe_dump(config, allow_unicode=True, sort_keys=False)


def substitutions(lang: str) -> dict[str, str]:
    """Give the numbers that hand-written pages may use, `{{ window }}` say; they come from the code and the data."""
    matrix, words = study.load(), language(lang)
    return {
        "confidence": words.percent(100 * statistics.LEVEL),
        "minimum": words.number(setting.MINIMUM),
        "minimum_group": words.number(setting.MINIMUM_GROUP),
        "look_back": words.number(setting.LOOK_BACK),
        "window": words.number(matrix.window),
        "lead_city": matrix.lead_name,
        "version": metadata.version("smart-cities-study"),
    }


def welcome() -> Path:
    """Write `_build/html/index.html`: the choice of language."""
    matrix = study.load()
    source = (_STATIC.parent / "welcome.html.jinja").read_text(encoding="utf-8")
    names = {code: matrix.languages[code] for code in matrix.built}
    page = jinja2.Environment(autoescape=True).from_string(source).render(languages=names)
    file = paths.build() / "html" / "index.html"
    files.write_whole(file, page)
    return file
