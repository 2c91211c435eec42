"""The book: Jupyter Book compiles the executed chapters and the hand-written pages; it never executes anything."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from analysis import config, files, library, paths, registry
from analysis.errors import BookFailed
from analysis.execution import runs
from analysis.language import language
from analysis.publishing import citing, measured, page, receipted, references
from analysis.publishing.staging import Staging

_STATIC = Path(__file__).parent / "static"
_TEXTS = (".md", ".bib", ".ipynb", ".css", ".js", ".svg")  # downloads keep the ends of lines of their format


def contents(lang: str) -> dict[str, Any]:
    """Make the table of contents from the registry of pages (`notebooks/pages.yml`)."""
    say = language(lang).say
    return {
        "format": "jb-book",
        "root": registry.root(),
        "parts": [
            {"caption": say(caption), "chapters": [_chapter(page) for page in pages]}
            for caption, pages in registry.contents(lang).items()
        ],
    }


def _chapter(page: registry.Page) -> dict[str, Any]:
    """Give a page as it stands in the contents, with those below it."""
    sections = [{"file": lower.address} for lower in registry.below(page)]
    return {"file": page.address} | ({"sections": sections} if sections else {})


def _files(entry: Any) -> list[str]:
    """List all files that a table of contents names."""
    if isinstance(entry, dict):
        own = [entry[key] for key in ("root", "file") if key in entry]
        return own + [file for value in entry.values() for file in _files(value)]
    return [file for one in entry for file in _files(one)] if isinstance(entry, list) else []


def check_pages(lang: str, toc: dict[str, Any]) -> None:
    """Raise `BookFailed` for a page without a place in the contents, or a place without a page."""
    folder, named = paths.book(lang), set(_files(toc))
    executed = {run.page for run in runs.runs(lang=lang)}
    for name in sorted(named):
        if not any((folder / f"{name}{suffix}").is_file() for suffix in (".md", ".ipynb")):
            mend = "Execute it with `study run`." if name in executed else (
                f"Write {paths.shown(folder)}/{name}.md, or take '{name}' out of {registry.FILE}."
            )  # fmt: skip
            raise BookFailed(f"The table of contents names '{name}', but book/{lang} has no such page. {mend}")
    for file in sorted([*folder.rglob("*.md"), *folder.rglob("*.ipynb")]):
        name = file.relative_to(folder).with_suffix("").as_posix()
        if name not in named and ".ipynb_checkpoints" not in name:
            raise BookFailed(
                f"{paths.shown(file)} is in no table of contents, so no reader would find it. "
                f"Add an entry for '{name}' to {registry.FILE}, or delete the file."
            )


def write_site(languages: Sequence[str]) -> Path:
    """Build the site in some languages, and give its first page, `_build/html/index.html`.

    The site is built aside and takes the place of the last one once it is whole and the disclosure gate has let it
    pass: a site that is refused is never where a reader opens it.

    Raises
    ------
    BookFailed
        Where a page cannot be built, or shows something of answers that must not be published.
    """
    aside = files.workplace() / "build"
    shutil.rmtree(aside, ignore_errors=True)
    site, target = aside / "html", paths.build() / "html"
    try:
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # Jupyter Book is a process of its own
            list(pool.map(lambda lang: write_language(lang, site / lang), languages))
        write_welcome(site / "index.html")
        if gate := library.extended("check_site"):
            gate(aside)
        for lang in languages:
            files.replace_folder(site / lang, target / lang)
        files.write_whole(target / "index.html", (site / "index.html").read_bytes())
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target / "index.html"


def write_language(lang: str, target: Path) -> None:
    """Build the site in one language into a folder: all pages, or briefs where the language has nothing else."""
    if lang in config.load().briefs:
        write_briefs(lang, target)
    else:
        write_pages(lang, target)


def write_pages(lang: str, target: Path) -> None:
    """Build the book in one language into a folder; warnings are errors.

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
    prepare(stage, lang, toc)
    result = subprocess.run(
        [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(stage), "--all", "-W", "--keep-going", "-q"],
        capture_output=True, text=True, check=False, cwd=stage,
        env=os.environ | {"NO_COLOR": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
    )  # fmt: skip
    made = stage / "_build" / "html"
    if result.returncode or not (made / "index.html").is_file():
        raise BookFailed(_complaint(lang, stage, result.stdout + result.stderr))
    (made / ".buildinfo").unlink(missing_ok=True)
    for file in paths.book(lang).rglob("*.ipynb"):  # the download of a page is the executed notebook, whole
        source = made / "_sources" / file.relative_to(paths.book(lang))
        if source.is_file():
            shutil.copyfile(file, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(made, target)
    shutil.rmtree(stage)


def prepare(stage: Path, lang: str, toc: dict[str, Any]) -> None:
    """Make a folder of pages ready for Jupyter Book."""
    shutil.copytree(_STATIC, stage / "_static", dirs_exist_ok=True)
    Staging(stage, lang).write_pages()
    receipted.write_about(stage)
    shutil.copytree(
        paths.notebooks(),
        stage / "_static" / "notebooks",
        ignore=shutil.ignore_patterns(".*", Path(registry.FILE).name),
    )
    shutil.copyfile(paths.root() / "book" / references.FILE, stage / references.FILE)
    _end_lines(stage)
    (stage / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (stage / "_config.yml").write_text(_config(lang), encoding="utf-8")


def _end_lines(stage: Path) -> None:
    """End the lines of pages and static files as the compendium does: where git or an editor wrote CRLF, the book is the same."""
    for file in stage.rglob("*"):
        if file.suffix in _TEXTS and b"\r\n" in (content := file.read_bytes()):
            file.write_bytes(content.replace(b"\r\n", b"\n"))


def _complaint(lang: str, stage: Path, output: str) -> str:
    """Keep of the output of Jupyter Book what a person can act on, with the paths of the pages as they know them."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output).replace(str(stage), f"book/{lang}")
    lines = [line.strip() for line in plain.splitlines() if re.search(r"WARNING|ERROR|Error\b|error:", line)]
    kept = list(dict.fromkeys(lines)) or plain.strip().splitlines()[-8:]
    return "The book was not built; the last good one is kept. Jupyter Book says:\n  " + "\n  ".join(kept[:20])


def _config(lang: str) -> str:
    """Take `_config.yml` of the project and set what depends on the language."""
    settings = files.yaml_of(paths.root() / "_config.yml")
    try:
        settings["title"] = config.load().title(lang)
        settings["sphinx"]["config"] |= {"language": lang}
        settings["parse"]["myst_substitutions"] = substitutions(lang)
    except (KeyError, TypeError) as error:
        raise BookFailed(f"_config.yml lacks an entry or has one of the wrong kind: {error}. Restore it.") from None
    return yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)


def substitutions(lang: str) -> dict[str, str]:
    """Give the numbers that hand-written pages may use, `{{ window }}` say; they come from the code and the data."""
    words = language(lang)
    study_numbers = library.extended("substitutions")
    return {
        "citation": citing.text(None, citing.study(words), words),
        "version": str(citing.description()["version"]),
        **measured.substitutions(words),
        **(study_numbers(words) if study_numbers else {}),
    }


def write_briefs(lang: str, target: Path) -> None:
    """Write the briefs of a language that has nothing else into a folder, each a page of its own."""
    settings, pages = config.load(), registry.pages(lang)
    home = {address: page for page, address in registry.addresses(lang).items()}
    for run in runs.selected(lang):
        up = "../" * run.page.count("/")
        links = [(code, settings.languages[code], f"{up}../{code}/{home[run.page]}.html") for code in settings.built]
        links += [
            (lang, _brief_name(other, lang), f"{up}{other.address}.html")
            for other in pages
            if other.address != run.page
        ]
        page.write(run, target / f"{run.page}.html", links)
    receipted.write_documents(paths.book(lang), lang, target)
    receipted.write_about(target)


def _brief_name(brief: registry.Page, lang: str) -> str:
    """Name a brief by what it is for."""
    if not brief.values:
        return language(lang).say("The whole study")
    return ", ".join(config.load().name_of(name, value, lang) for name, value in brief.values.items())


def write_welcome(file: Path) -> None:
    """Write the first page of the site: the choice of language, which follows the browser unless it is asked for."""
    matrix = config.load()
    source = (_STATIC.parent / "welcome.html.jinja").read_text(encoding="utf-8")
    offered = [
        {"code": code, "name": matrix.languages[code], "study": matrix.title(code),
         "choose": language(code).say("Choose a language")} for code in (*matrix.built, *matrix.briefs)
    ]  # fmt: skip
    script = (_STATIC.parent / "welcome.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = (
        jinja2.Environment(autoescape=True)
        .from_string(source)
        .render(offered=offered, script=Markup(script), digest=digest)
    )
    files.write_whole(file, page)
