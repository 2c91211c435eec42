"""Building twice: what differs is found, with its notebook, its cell and the condition that tells; nothing else is."""

import datetime
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
import time_machine
from conftest import copy_of_compendium, run_study
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pypdf import PdfReader

from analysis import document, inventory
from analysis.errors import StudyError
from analysis.language import language
from analysis.publishing import citing
from analysis.publishing import print as edition
from analysis.publishing.blocks import Page
from analysis.review import conditions, twice
from analysis.review.artefacts import differing_cells, explain_file
from analysis.review.comparer import Difference
from analysis.review.workspace import Selection

NOW = datetime.datetime(2026, 3, 1, 23, 59, 58, tzinfo=datetime.UTC)


# conditions


def in_python(code: str, made: conditions.Conditions, scratch: Path) -> str:
    environment = conditions.environment(made, scratch, os.environ | {"STUDY_ROOT": "/elsewhere", "LC_NUMERIC": "xx"})
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, umask=made["umask"], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("conditions") / "scratch"
    conditions.prepare(folder)
    return folder


def threads(cores: int) -> str:
    return conditions.CONDITIONS["threads"].label if os.cpu_count() == cores else ""


def test_every_condition_of_the_second_build_is_another(scratch: Path) -> None:
    same = [name for name, value in conditions.FIRST.items() if conditions.SECOND[name] == value]
    assert same == []
    shown = [conditions.shown(values) for values in (conditions.FIRST, conditions.SECOND)]
    assert [label for label, value in shown[0].items() if shown[1][label] == value and label != threads(1)] == []
    assert len(shown[0]) == len(conditions.CONDITIONS) > 20


def test_the_clock_runs_ahead_in_forked_children_too_and_goes_on(scratch: Path) -> None:
    code = (
        "import time, datetime, os, sys\n"
        "if os.fork() == 0: print(datetime.datetime.now().isoformat(), time.time(), sep='\\n', flush=True); os._exit(0)\n"
        "os.wait(); a = time.time(); time.sleep(.05); print(time.time() > a)"
    )
    moment, seconds, on = in_python(code, conditions.SECOND, scratch).splitlines()
    ahead = float(seconds) - time.time()
    assert abs(ahead - conditions.SECOND["clock"]) < 60
    there = datetime.datetime.fromtimestamp(float(seconds), datetime.timezone(datetime.timedelta(hours=14)))
    assert moment[:16] == there.isoformat()[:16]  # Kiritimati is 14 hours before Greenwich
    assert on == "True"
    assert abs(float(in_python("import time; print(time.time())", conditions.FIRST, scratch)) - time.time()) < 60


def test_folders_are_listed_in_the_other_order_whoever_lists_them(scratch: Path, tmp_path: Path) -> None:
    for name in "bca":
        (tmp_path / name).mkdir()
    code = (
        f"import os, glob, pathlib, shutil; p = pathlib.Path({str(tmp_path)!r}); os.chdir(p)\n"
        "with os.scandir(p) as found: one = [entry.name for entry in found]\n"
        "print([one, os.listdir(), [x.name for x in p.iterdir()], [x.name for x in p.glob('*')], glob.glob('*'), next(os.walk(p))[1]])"
    )
    assert set(map(str, eval(in_python(code, conditions.FIRST, scratch)))) == {"['a', 'b', 'c']"}
    assert set(map(str, eval(in_python(code, conditions.SECOND, scratch)))) == {"['c', 'b', 'a']"}


def test_nothing_of_the_shell_stays_but_the_date_of_the_source(scratch: Path) -> None:
    given = {
        "STUDY_ROOT": "/x", "LC_TIME": "de", "MPLBACKEND": "x", "TZ": "x", "PYTHONWARNINGS": "error", "PATH": "/bin",
        "SOURCE_DATE_EPOCH": "1",
    }  # fmt: skip
    for made in (conditions.FIRST, conditions.SECOND):
        environment = conditions.environment(made, scratch, given)
        assert not {"STUDY_ROOT", "LC_TIME"} & set(environment)
        assert (environment.get("MPLBACKEND", ""), environment.get("PYTHONWARNINGS", "")) == (
            made["backend"],
            made["warnings"],
        )
        assert ("MATPLOTLIBRC" in environment) == bool(made["settings"])
        assert (environment["SOURCE_DATE_EPOCH"], environment["PATH"]) == ("1", "/bin")
        assert Path(environment["HOME"]).is_dir() != made["readonly"]
        assert (Path(environment["PYTHONPATH"].split(os.pathsep)[0]) / "analysis" / "__init__.py").is_file() == made[
            "namesake"
        ]


def test_texts_of_a_copy_end_their_lines_otherwise_and_tables_do_not(tmp_path: Path) -> None:
    contents = {"page.md": b"a\nb\n", "data/t.csv": b"a\nb\n", "requirements.lock": b"a==1\n", "src/m.py": b"x = 1\n"}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    conditions.end_lines(tmp_path, "LF")
    assert {name: (tmp_path / name).read_bytes() for name in contents} == contents
    conditions.end_lines(tmp_path, "CRLF")
    changed = {name for name, content in contents.items() if (tmp_path / name).read_bytes() != content}
    assert changed == {"page.md", "requirements.lock", "src/m.py"}


def test_one_condition_alone_changes_nothing_else() -> None:
    for name in conditions.ALONE:
        made = conditions.only(name)
        assert [other for other, value in made.items() if conditions.FIRST[other] != value] == [name]


def test_a_copy_holds_what_git_knows_or_does_not_ignore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    written = (
        "data/study.yml",
        "data/private/x/a.csv",
        "book/en/index.ipynb",
        "book/en/a.md",
        "_build/a",
        "notes/Ü 1.txt",
        "gone",
    )
    for name in written:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    (root / ".gitignore").write_text("/_build/\n/data/private/\n/book/**/*.ipynb\n", encoding="utf-8")
    monkeypatch.setenv("STUDY_ROOT", str(root))
    known = {".gitignore", "data/study.yml", "book/en/a.md"}

    def copied(name: str) -> set[str]:
        inventory.copy_files(tmp_path / name)
        return {file.relative_to(tmp_path / name).as_posix() for file in (tmp_path / name).rglob("*") if file.is_file()}

    assert copied("without git") == known
    for command in (["init", "-q"], ["add", "data/study.yml", "gone"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    (root / "gone").unlink()
    assert copied("with git") == known | {"notes/Ü 1.txt"}


def test_what_a_system_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twice, "find_spec", lambda _name: None)
    with pytest.raises(StudyError, match="time-machine"):
        twice.build_twice(Selection())


# what differs


def exhibit(
    svg: str = "<svg><path d='1 2'/></svg>", csv: str = "city,value\r\nBilbao,1\r\nDakar,2\r\n", title: str = "Title"
) -> document.Exhibit:
    return document.Exhibit(
        id="2019-x",
        title=title,
        subtitle="Subtitle",
        alt="A",
        source="A source",
        columns=("City",),
        rows=(("Bilbao",),),
        colour="#000000",
        fingerprint="abc",
        wide=svg,
        narrow=svg,
        data=csv,
    )


def sentence(text: str) -> document.Sentence:
    return document.Sentence(text, "finding")


def notebook(*shown: str | document.Part, metadata: Mapping[str, Any] | None = None, injected: bool = True) -> bytes:
    """Write an executed notebook: parameters of the template and those injected, then a cell for each output."""
    tags = [["parameters"], ["injected-parameters"]] if injected else []
    cells = [new_code_cell("edition = 2017", id=f"p{n}", metadata={"tags": names}) for n, names in enumerate(tags)]
    for number, item in enumerate(shown):
        cells.append(new_code_cell("x", id=f"c{number}", outputs=[output_of(item)]))
    whole = {document.KEY: {"version": document.VERSION, "read": []}, **(metadata or {})}
    content: str = nbformat.writes(new_notebook(cells=cells, metadata=nbformat.from_dict(whole)))
    return content.encode()


def output_of(item: str | document.Part) -> nbformat.NotebookNode:
    if isinstance(item, str):
        output: nbformat.NotebookNode = new_output("display_data", {"text/html": item, "text/plain": "x"})
        return output
    (part,) = document.number_sentences([item], ("x", 3))
    data = {"text/plain": "x"} | ({document.PICTURE: part.wide} if isinstance(part, document.Exhibit) else {})
    output = new_output("display_data", data, metadata=nbformat.from_dict(document.output_metadata([part])))
    return output


def between(first: Sequence[str | document.Part], second: Sequence[str | document.Part]) -> list[Difference]:
    pair = [notebook("<p>same</p>", *shown) for shown in (first, second)]
    return explain_file("page.ipynb", *pair) if pair[0] != pair[1] else []


def test_equal_notebooks_have_no_difference() -> None:
    assert between([exhibit(), sentence("a")], [exhibit(), sentence("a")]) == []


def test_a_sentence_that_differs_is_named_with_both_wordings() -> None:
    [difference] = between([sentence("15 of 20 cities answered.")], [sentence("16 of 20 cities answered.")])
    assert (difference.kind, difference.cell, difference.parts) == ("sentence", 3, {"values"})
    assert difference.texts == ("15 of 20 cities answered.", "16 of 20 cities answered.")


def test_a_picture_that_differs_alone_is_said_to_and_kept() -> None:
    [difference] = between([exhibit()], [exhibit(svg="<svg><path d='1 30'/></svg>")])
    assert (difference.subject, difference.parts) == ("exhibit '2019-x'", {"picture"})
    assert difference.pictures == (b"<svg><path d='1 2'/></svg>", b"<svg><path d='1 30'/></svg>")


def test_a_value_of_a_download_is_named_and_another_order_of_rows_too() -> None:
    [difference] = between([exhibit()], [exhibit(csv="city,value\r\nBilbao,1\r\nDakar,3\r\n")])
    assert [(one.label, one.before, one.after) for one in difference.details] == [("Dakar: value", "2", "3")]
    [difference] = between([exhibit()], [exhibit(csv="city,value\r\nDakar,2\r\nBilbao,1\r\n")])
    assert difference.meaning == "the same values in another order, or written otherwise"
    assert [(one.name, one.before, one.after) for one in difference.details] == [("row 2", "Bilbao,1", "Dakar,2")]


def test_a_title_of_an_exhibit_and_an_exhibit_that_is_missing() -> None:
    [difference] = between([exhibit()], [exhibit(title="Other")])
    assert difference.parts == {"words"}
    [difference] = between([exhibit()], [""])
    assert (difference.id, difference.how) == ("2019-x", "went")


def test_what_no_claim_tells_is_named_by_its_cell_and_metadata_where_no_cell_does() -> None:
    [difference] = between(["<em>loose</em>"], ["<em>other</em>"])
    assert (difference.kind, difference.cell) == ("cell", 3)  # as the template counts: parameters, then two cells
    [difference] = explain_file("a.ipynb", notebook("a", metadata={"n": 1}), notebook("a", metadata={"n": 2}))
    assert (difference.what, difference.cell) == ("the metadata of the notebook differ", None)
    assert differing_cells(notebook("a", "b").decode(), notebook("a", "c").decode()) == {3}
    assert differing_cells(notebook("a", injected=False).decode(), notebook("b", injected=False).decode()) == {1}


def test_files_follow_from_the_notebooks_that_they_are_made_of() -> None:
    [run] = [run for run in Selection(2019, "governance", "en").runs if run.template == "axis"]
    page = "editions/2019/governance"
    following = [
        f"_build/html/en/{page}.html", f"_build/html/en/_sources/{page}.ipynb", "_build/html/en/searchindex.js",
        "_build/html/en/_static/exhibits/2019-x.svg", "_build/html/en/_static/exhibits/2019-x-narrow.svg", "_build/pdf/en.pdf",
        "_build/pdf/brief-2019-en.pdf",
    ]  # fmt: skip
    own = ["_build/html/es/searchindex.js", "_build/html/en/genindex.html", "_build/html/en/_static/exhibits/2019-y.svg",
           "_build/pdf/es.pdf", "_build/html/index.html"]  # fmt: skip
    assert [twice.is_following(name, [run], {"en/2019-x"}) for name in following] == [True] * len(following)
    assert [twice.is_following(name, [run], {"en/2019-x"}) for name in own] == [False] * len(own)


# dates


def printed(file: Path) -> bytes:
    page = Page("about", "About", [{"type": "paragraph", "kind": "text", "runs": []}], [], {})
    return edition.write([page], file, "en").read_bytes()


def test_without_an_epoch_no_clock_shows_and_with_one_it_is_the_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citing, "description", lambda: {
        "title": "A: b", "version": "2", "license": "BSD-3-Clause", "keywords": [], "abstract": "x", "authors": [{"name": "UCLG"}]
    })  # fmt: skip
    made: dict[tuple[str, int], tuple[bytes, str]] = {}
    for epoch in ("", "946080000"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        for days in (0, 400):
            with time_machine.travel(NOW + datetime.timedelta(days=days), tick=True):
                words = language("en")
                made[epoch, days] = (printed(tmp_path / "a.pdf"), citing.text(None, citing.study(words), words))
        assert made[epoch, 0] == made[epoch, 400]
    assert "(no date)" in made["", 0][1]
    assert "(1999)" in made["946080000", 0][1]
    about = PdfReader(tmp_path / "a.pdf").metadata
    assert about is not None
    assert str(about["/CreationDate"]).startswith("D:19991225")


def test_a_file_of_the_site_or_the_print_edition_that_differs_by_itself_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = []
    for epoch in ("946080000", "978307200"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        pair.append(printed(tmp_path / "a.pdf"))
    [difference] = explain_file("en.pdf", pair[0], pair[1])
    assert (difference.what, difference.details[0].name) == ("words of the print edition differ", "page 1")
    [difference] = explain_file("a.html", b"<p>a b c</p>", b"<p>a c b</p>")
    assert [(one.before, one.after) for one in difference.details] == [("a b c", "a c b")]
    [difference] = explain_file("_static/exhibits/x.svg", b"<svg>1</svg>", b"<svg>2</svg>")
    assert difference.pictures == (b"<svg>1</svg>", b"<svg>2</svg>")


def test_print_never_asks_for_the_day() -> None:
    assert "today" not in edition._TEMPLATE.read_text(encoding="utf-8")  # Typst has a clock of its own


# all of it

BARPLOT = """import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from analysis import figures
from analysis.exhibits import Exhibit, Section

values = [n * 7919 % 1000 / 97 for n in range(60)]
data = pd.DataFrame({"axis": ["economy", "people"] * 30, "value": values, "unit": "%", "licence": "x"})


def draw(wide):
    figure = Figure(figsize=(4, 3))
    sns.barplot(data, x="axis", y="value", ax=figure.subplots())
    return figure


Section([Exhibit("2019-planted", "T", "S", "A", data, data, "Source", draw, chapter.words)])"""
SAY = "from analysis.exhibits import Paragraph, Section\nSection([Paragraph({text})])"
PLANTED = {
    "axis": [BARPLOT, "import uuid\n" + SAY.format(text="f'The name of this is {uuid.uuid4()}.'")],
    "edition": [
        SAY.format(text="', '.join({'economy', 'people', 'governance', 'mobility', 'living'})"),
        "from pathlib import Path\n" + SAY.format(text="', '.join(p.name for p in Path('.').glob('*.ipynb'))"),
    ],
    "brief": [
        "import datetime\n" + SAY.format(text="f'Made on {datetime.datetime.now():%Y-%m-%d at %H:%M:%S}.'"),
        "from pathlib import Path\n" + SAY.format(text="f'Read from {Path.home()}.'"),
    ],
}  # fmt: skip


def plant(root: Path) -> dict[str, int]:
    """Put cells that differ from run to run at the ends of templates, and one set into the library; give the cells before."""
    ends = {}
    for template, cells in PLANTED.items():
        file = root / "notebooks" / f"{template}.ipynb"
        content = json.loads(file.read_text(encoding="utf-8"))
        ends[template] = len(content["cells"])
        content["cells"] += [
            {
                "cell_type": "code",
                "id": f"planted{n}",
                "metadata": {},
                "source": code,
                "outputs": [],
                "execution_count": None,
            }
            for n, code in enumerate(cells)
        ]
        file.write_text(json.dumps(content), encoding="utf-8")
    module = root / "src" / "analysis" / "chapters" / "edition.py"
    text = module.read_text(encoding="utf-8")
    assert text.count("for column, name in names.items()\n") == 1
    module.write_text(
        text.replace("for column, name in names.items()\n", "for column, name in set(names.items())\n"),
        encoding="utf-8",
    )
    return ends


@pytest.mark.slow
def test_what_is_planted_is_caught_with_its_notebook_its_cell_and_the_condition_that_tells(tmp_path: Path) -> None:
    root = copy_of_compendium(tmp_path / "compendium")
    result = run_study(root, "twice", "--edition", "2019")
    assert result.returncode == 0, result.stderr
    assert re.search(
        r"3 files, [1-9]\d* exhibits and [1-9]\d* sentences are identical, byte for byte \(", result.stdout
    )
    made = {
        file.relative_to(root).parts[0]
        for file in root.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert not (root / "_build" / "html").exists()
    assert not list((root / "book").rglob("*.ipynb"))
    assert made - {".study"} == {
        "data",
        "notebooks",
        "src",
        "book",
        "_build",
        "_config.yml",
        "requirements.lock",
        "pyproject.toml",
        "CITATION.cff",
    }

    ends = plant(root)
    result = run_study(root, "twice", "--edition", "2019")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    told = result.stderr
    nothing, alone = "from run to run, with nothing changed", "where {} alone is another"
    for template, offset, condition in (
        ("axis", 1, nothing),
        ("axis", 2, nothing),
        ("edition", 1, alone.format(r"the seed of hashes \(PYTHONHASHSEED\)")),
        ("edition", 2, alone.format("the order in which folders are listed")),
        ("brief", 1, nothing),
        ("brief", 2, alone.format("the folder HOME")),
    ):
        place = rf"notebooks/{template}\.ipynb \([^)]*lang en\), cell {ends[template] + offset}\n"
        assert re.search(rf"{place}(?:(?!notebooks/\w+\.ipynb \().)*It differs {condition}", told, re.DOTALL), (
            template,
            offset,
            told,
        )
    seeds = r"It differs where the seed of hashes \(PYTHONHASHSEED\) alone"
    assert re.search(rf"edition\.ipynb \([^)]*\), cell 7\n(?:(?!ipynb \().)*{seeds}", told, re.DOTALL), told
    report = (root / "_build" / "twice" / "index.html").read_text(encoding="utf-8")
    assert report.count("<img src") >= 2  # both pictures of the exhibit
