"""Building twice: what differs is found, traced to its notebook and cell, and the cause is named; nothing else is."""

import datetime
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import time_machine
from conftest import copy_of_compendium, run_study
from pypdf import PdfReader

from analysis.errors import StudyError
from analysis.exhibits import Paragraph
from analysis.language import language
from analysis.publishing import citing
from analysis.publishing import print as edition
from analysis.publishing.blocks import Page
from analysis.review import causes, conditions, traced, twice

NOW = datetime.datetime(2026, 3, 1, 23, 59, 58, tzinfo=datetime.UTC)
NO_MARKS: Mapping[str, tuple[str, str]] = {}


# conditions


def in_python(code: str, made: conditions.Conditions, scratch: Path) -> str:
    environment = conditions.environment(made, scratch, os.environ | {"STUDY_ROOT": "/elsewhere", "LC_NUMERIC": "xx"})
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, umask=made.umask, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("conditions") / "scratch"
    conditions.prepare(folder)
    return folder


def test_every_condition_of_the_second_build_is_another(scratch: Path) -> None:
    first, second = vars(conditions.FIRST), vars(conditions.SECOND)
    assert [name for name in first if first[name] == second[name]] == []
    assert set(conditions.NAMES) == set(first)
    assert set(conditions.ALONE) <= set(first)


def test_the_clock_runs_ahead_in_forked_children_too_and_goes_on(scratch: Path) -> None:
    code = (
        "import time, datetime, os, sys\n"
        "if os.fork() == 0: print(datetime.datetime.now().isoformat(), time.time(), sep='\\n', flush=True); os._exit(0)\n"
        "os.wait(); a = time.time(); time.sleep(.05); print(time.time() > a)"
    )
    moment, seconds, on = in_python(code, conditions.SECOND, scratch).splitlines()
    ahead = float(seconds) - time.time()
    assert abs(ahead - conditions.SECOND.clock) < 60
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
            made.backend,
            made.warnings,
        )
        assert ("MATPLOTLIBRC" in environment) == bool(made.settings)
        assert (environment["SOURCE_DATE_EPOCH"], environment["PATH"]) == ("1", "/bin")
        assert Path(environment["HOME"]).is_dir() != made.readonly
        assert (
            Path(environment["PYTHONPATH"].split(os.pathsep)[0]) / "analysis" / "__init__.py"
        ).is_file() == made.namesake


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
        assert [one for one in vars(made) if getattr(made, one) != getattr(conditions.FIRST, one)] == [name]


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
    wanted = {".gitignore", "data/study.yml", "book/en/a.md", "notes/Ü 1.txt"}

    def copied(name: str) -> set[str]:
        twice.copy(tmp_path / name)
        return {file.relative_to(tmp_path / name).as_posix() for file in (tmp_path / name).rglob("*") if file.is_file()}

    assert copied("without git") == wanted | {"gone"}
    for command in (["init", "-q"], ["add", "data/study.yml", "gone"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    (root / "gone").unlink()
    assert copied("with git") == wanted


def test_what_a_system_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twice, "find_spec", lambda _name: None)
    with pytest.raises(StudyError, match="time-machine"):
        twice.compare(twice.Selection())


# what differs


def exhibit(
    svg: str = "<svg><path d='1 2'/></svg>", csv: str = "city,value\r\nBilbao,1\r\nDakar,2\r\n", title: str = "Title"
) -> str:
    def packed(kind: str, text: str) -> str:
        return traced.address(text).replace("image/svg+xml", kind)

    return (
        f'<figure class="exhibit" id="2019-x" data-picture="abc"><figcaption>{title}</figcaption>'
        f'<picture><source srcset="{packed("image/svg+xml", svg)}"><img src="{packed("image/svg+xml", svg)}" alt="A"></picture>'
        f'<a download="x.csv" href="{packed("text/csv;charset=utf-8", csv)}">CSV</a></figure>'
    )


def notebook(*shown: str, metadata: Mapping[str, Any] | None = None) -> str:
    cells = [
        {
            "cell_type": "code",
            "source": "x",
            "metadata": {},
            "outputs": [{"data": {"text/html": text, "text/plain": text}}],
        }
        for text in shown
    ]
    return json.dumps({"cells": cells, "metadata": metadata or {}})


def changes(
    first: str, second: str, marks: Mapping[str, tuple[str, str]] = NO_MARKS
) -> list[tuple[int, traced.Change]]:
    return list(traced.of_notebooks(notebook("<p>same</p>", first), notebook("<p>same</p>", second), marks))


def sentence(text: str) -> str:
    return Paragraph(text, "finding").html()


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("15 of 20 cities answered.", "16 of 20 cities answered.", traced.NUMBERS),
        ("Made on 2026-11-25 at 01:40.", "Made on 2027-12-30 at 20:05.", traced.CLOCK),
        ("Made at 1795570000.25.", "Made at 1830130000.75.", traced.CLOCK),
        ("Made in November 2026.", "Made in December 2027.", traced.CLOCK),
        ("Economy, mobility and people.", "People, economy and mobility.".lower().capitalize(), traced.OTHER),
        ("economy, mobility, people.", "people, economy, mobility.", traced.ORDER),
        ("<Exhibit object at 0x7f3a5c1d2e80>", "<Exhibit object at 0x7f11aa22bb40>", traced.ADDRESS),
        ("run 6f9619ff-8b86-d011-b42d-00cf4fc964ff", "run 0e984725-c51c-4bf4-9960-e1c80e27aba0", traced.NAME),
        ("Gini 0.41230000000001.", "Gini 0.41230000000007.", traced.ROUNDING),
        ("Gini 0.4123.", "Gini 0.4201.", traced.NUMBERS),
        ("Bilbao is named.", "Dakar is named.", traced.OTHER),
        ("Read from /tmp/s/a/data.", "Read from /tmp/s/b b/data.", traced.PLACE),
    ],
)
def test_the_kind_of_a_difference_is_told_from_its_words(first: str, second: str, kind: str) -> None:
    [(index, change)] = changes(sentence(first), sentence(second), {"folder": ("/tmp/s/a", "/tmp/s/b b")})
    assert (index, change.what, change.kind) == (1, "a sentence", kind)
    assert change.first != change.second


def test_equal_notebooks_have_no_difference() -> None:
    assert changes(exhibit() + sentence("a"), exhibit() + sentence("a")) == []


def test_the_first_words_that_differ_are_shown_with_some_around_them() -> None:
    [(_, change)] = changes(
        sentence("one two three four five six 7 eight"), sentence("one two three four five six 8 eight")
    )
    assert (change.first, change.second) == ("two three four five six 7 eight", "two three four five six 8 eight")


def test_a_picture_that_differs_alone_is_said_to_and_kept() -> None:
    found = changes(exhibit(), exhibit(svg="<svg><path d='1 3'/></svg>"))
    assert [change.what for _, change in found] == [
        "the picture of '2019-x' alone",
        "the picture for a phone of '2019-x' alone",
    ]
    assert found[0][1].pictures == tuple(traced.address(f"<svg><path d='1 {n}'/></svg>") for n in (2, 3))


def test_the_row_of_a_download_is_counted_as_a_spreadsheet_does() -> None:
    [(_, change)] = changes(exhibit(), exhibit(csv="city,value\r\nBilbao,1\r\nDakar,3\r\n"))
    assert change.what == "the download of '2019-x', row 3"
    assert (change.first, change.second) == ("Dakar | 2", "Dakar | 3")
    [(_, change)] = changes(exhibit(), exhibit(csv="city,value\r\nDakar,2\r\nBilbao,1\r\n"))
    assert change.kind == traced.ORDER


def test_a_title_of_an_exhibit_and_an_exhibit_that_is_missing() -> None:
    [(_, change)] = changes(exhibit(), exhibit(title="Other"))
    assert change.what == "the texts or the table of '2019-x'"
    [(_, change)] = changes(exhibit(), "")
    assert (change.first, change.second) == ("there", "none")


def test_metadata_tell_only_where_no_cell_does() -> None:
    found = list(traced.of_notebooks(notebook("a", metadata={"n": 1}), notebook("a", metadata={"n": 2}), NO_MARKS))
    assert [(index, change.what) for index, change in found] == [(-1, "the metadata of the notebook")]
    found = list(traced.of_notebooks(notebook("a", metadata={"n": 1}), notebook("b", metadata={"n": 2}), NO_MARKS))
    assert [index for index, _ in found] == [0]


def test_exhibits_and_sentences_are_counted() -> None:
    outcome = twice.Outcome()
    twice._count(
        outcome, notebook(exhibit() + sentence("a") + sentence("b")), notebook(exhibit(title="T") + sentence("b"))
    )
    assert (outcome.same["exhibits"], outcome.differing["exhibits"]) == (0, 1)
    assert (outcome.same["sentences"], outcome.differing["sentences"]) == (1, 1)


# causes

TOP = "import datetime, glob, os, random, time, uuid\nimport numpy as np\nimport pandas as pd\nimport seaborn as sns\nfrom pathlib import Path\n"


def found_in(code: str, tmp_path: Path) -> list[causes.Cause]:
    (tmp_path / "empty").mkdir(exist_ok=True)
    return causes.of_cell(causes.Library(tmp_path / "empty"), causes.notebook("n.ipynb", [(3, TOP), (5, code)]), 5)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("sns.barplot(data, x='a')", causes.BOOTSTRAP), ("sns.pointplot(data, errorbar=('ci', 90))", causes.BOOTSTRAP),
        ("from scipy import stats\nstats.bootstrap(data, f)", causes.BOOTSTRAP),
        ("sns.regplot(data, x='a')", causes.BOOTSTRAP), ("from seaborn import lineplot\nlineplot(data)", causes.BOOTSTRAP),
        ("for x in {'a', 'b'}:\n    print(x)", causes.SETS), ("', '.join(set(words))", causes.SETS), ("[*{1, 2}]", causes.SETS),
        ("known = frozenset(words)\n[f(x) for x in known]", causes.SETS), ("list(one.keys() & other.keys())", causes.SETS),
        ("def f(a: set[str]):\n    return tuple(a | b)", causes.SETS), ("f'{set(words)}'", causes.SETS),
        ("datetime.datetime.now()", causes.CLOCK), ("datetime.date.today()", causes.CLOCK), ("time.time()", causes.CLOCK),
        ("time.strftime('%F')", causes.CLOCK), ("pd.Timestamp.now()", causes.CLOCK), ("from time import time as t\nt()", causes.CLOCK),
        ("random.shuffle(x)", causes.CHANCE), ("np.random.normal()", causes.CHANCE), ("np.random.default_rng()", causes.CHANCE),
        ("uuid.uuid4()", causes.CHANCE), ("frame.sample(3)", causes.CHANCE),
        ("os.listdir('.')", causes.LISTING), ("[p.name for p in Path('.').glob('*')]", causes.LISTING),
        ("for p in Path('.').iterdir():\n    print(p)", causes.LISTING), ("glob.glob('*')", causes.LISTING),
        ("os.environ['HOME']", causes.PLACE), ("Path.home()", causes.PLACE), ("os.cpu_count()", causes.PLACE),
        ("os.path.expanduser('~')", causes.PLACE), ("import socket\nsocket.gethostname()", causes.PLACE),
        ("id(x)", causes.IDENTITY), ("hash('a') % 7", causes.IDENTITY),
    ],
)  # fmt: skip
def test_what_may_differ_from_run_to_run_is_seen_in_the_code(code: str, kind: str, tmp_path: Path) -> None:
    found = found_in(code, tmp_path)
    assert [cause.kind for cause in found] == [kind]
    assert found[0].where.startswith("n.ipynb, cell 5, line ")
    assert found[0].mend


@pytest.mark.parametrize(
    "code",
    [
        "sns.barplot(data, seed=1)", "sns.barplot(data, errorbar=None)", "sns.barplot(data, errorbar='sd')", "sns.regplot(data, ci=None)",
        "sns.pointplot(data, errorbar=('pi', 50))", "sns.boxplot(data)",
        "from scipy import stats\nstats.bootstrap(data, f, rng=1)",
        "from scipy import stats\nstats.bootstrap(data, f, n_resamples=0, bootstrap_result=before)",
        "sorted({'a', 'b'})", "for x in sorted(set(words)):\n    print(x)", "len({1, 2})", "x in {1, 2}", "any(f(x) for x in {1, 2})",
        "{f(x) for x in {1, 2}}", "sorted(x for x in set(y))", "sorted([*set(x), 1])",
        "time.strftime('%F', moment)", "datetime.date(2026, 1, 1)", "np.random.default_rng(7)", "random.Random(1)",
        "frame.sample(3, random_state=1)", "sorted(Path('.').glob('*'))", "sorted(p.name for p in Path('.').iterdir())",
        "sorted(os.listdir('.'))", "{p.name for p in Path('.').iterdir()}", "os.path.join('a', 'b')", "row.id", "id = 3",
    ],
)  # fmt: skip
def test_what_is_the_same_in_every_run_is_not(code: str, tmp_path: Path) -> None:
    assert found_in(code, tmp_path) == []


@pytest.fixture
def library(tmp_path: Path) -> causes.Library:
    folder = tmp_path / "src" / "lib"
    folder.mkdir(parents=True)
    texts = {
        "__init__": "",
        "base": (
            "class Base:\n    def where(self):\n        return self.deep()\n"
            "    def other(self):\n        import os\n        return os.getcwd()\n"
        ),
        "helpers": "import time\n_START = time.time()\ndef stamp():\n    return _START\n",
        "chapter": (
            "from lib.base import Base\nfrom lib import helpers\n"
            "class Chapter(Base):\n    def deep(self):\n        return list({'a', 'b'})\n    def when(self):\n        return helpers.stamp()\n"
        ),
    }  # fmt: skip
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return causes.Library(folder)


def test_a_cell_is_followed_through_properties_bases_and_modules(library: causes.Library) -> None:
    cells = [
        (3, "from lib.chapter import Chapter\nc = Chapter()"),
        (5, "c.where"),
        (7, "%matplotlib inline\nc.when()"),
        (9, "c"),
    ]
    source = causes.notebook("n.ipynb", cells)
    [cause] = causes.of_cell(library, source, 5)
    assert (cause.kind, cause.where, cause.distance) == (causes.SETS, "src/lib/chapter.py, line 5", 2)
    [cause] = causes.of_cell(library, source, 7)
    assert (cause.kind, cause.where) == (causes.CLOCK, "src/lib/helpers.py, line 2")
    assert causes.of_cell(library, source, 9) == []


def test_what_an_earlier_cell_computed_is_named_with_that_cell(library: causes.Library) -> None:
    source = causes.notebook("n.ipynb", [(3, "import uuid\n\nname = uuid.uuid4()"), (5, "print(name)")])
    assert [cause.where for cause in causes.of_cell(library, source, 5)] == ["n.ipynb, cell 3, line 3"]


def cause(kind: str) -> causes.Cause:
    return causes.Cause(kind, kind, "here", 0, "mend it")


def test_the_cause_goes_with_the_kind_and_with_what_was_tried() -> None:
    words = traced.Change("a sentence", "a b", "b a", traced.ORDER)
    found = [cause(causes.CLOCK), cause(causes.LISTING), cause(causes.SETS)]
    assert traced.likely(words, found, None) == found[1]
    assert traced.likely(words, found, "seed") == found[2]
    assert traced.likely(words, found[:1], None) is None
    picture = traced.Change("the picture", "", "", traced.DRAWN, ("", ""))
    drawn = [cause(causes.SETS), cause(causes.BOOTSTRAP)]
    assert traced.likely(picture, drawn, "") == drawn[1]
    assert traced.likely(picture, drawn, None) == drawn[1]


def test_files_follow_from_the_notebooks_that_they_are_made_of() -> None:
    [run] = [run for run in twice.Selection(2019, "governance", "en").runs if run.template == "axis"]
    page = "editions/2019/governance"
    following = [
        f"_build/html/en/{page}.html", f"_build/html/en/_sources/{page}.ipynb", "_build/html/en/searchindex.js",
        "_build/html/en/_static/exhibits/2019-x.svg", "_build/html/en/_static/exhibits/2019-x-narrow.svg", "_build/pdf/en.pdf",
        "_build/pdf/brief-2019-en.pdf",
    ]  # fmt: skip
    own = ["_build/html/es/searchindex.js", "_build/html/en/genindex.html", "_build/html/en/_static/exhibits/2019-y.svg",
           "_build/pdf/es.pdf", "_build/html/index.html"]  # fmt: skip
    assert [twice._follows(name, [run], {"en/2019-x"}) for name in following] == [True] * len(following)
    assert [twice._follows(name, [run], {"en/2019-x"}) for name in own] == [False] * len(own)


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
    change = traced.of_files(pair[0], pair[1], ".pdf", NO_MARKS)
    assert (change.what, change.kind) == ("the metadata", traced.CLOCK)
    change = traced.of_files(b"<p>a b c</p>", b"<p>a c b</p>", ".html", NO_MARKS)
    assert (change.what, change.kind, change.pictures) == ("the file", traced.ORDER, None)
    assert traced.of_files(b"<svg>1</svg>", b"<svg>2</svg>", ".svg", NO_MARKS).pictures


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
        "import datetime\n" + SAY.format(text="f'Made on {datetime.datetime.now():%Y-%m-%d at %H:%M}.'"),
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
def test_what_is_planted_is_caught_with_its_notebook_its_cell_and_its_cause(tmp_path: Path) -> None:
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
    said = result.stderr
    for template, offset, cause in (
        ("axis", 1, r"seaborn\.barplot draws bootstrap intervals without a seed \(notebooks/axis\.ipynb, cell \d+, line 13\); give it `seed=`"),
        ("axis", 2, r"uuid\.uuid4"),
        ("edition", 1, r"the order of the set `\{'economy', .*sorted"),
        ("edition", 2, r"gives files in any order .*sorted"),
        ("brief", 1, r"datetime\.datetime\.now reads the clock"),
        ("brief", 2, r"pathlib\.Path\.home tells of the machine"),
    ):  # fmt: skip
        place = rf"notebooks/{template}\.ipynb \([^)]*lang en\), cell {ends[template] + offset}: "
        assert re.search(rf"{place}(?:(?!notebooks/\w+\.ipynb \().)*{cause}", said, re.DOTALL), (template, offset, said)
    assert re.search(
        r"edition\.ipynb \([^)]*\), cell 7: [^:]*another order.*?chapters/edition\.py, line \d+", said, re.DOTALL
    ), said
    report = (root / "_build" / "twice" / "index.html").read_text(encoding="utf-8")
    assert report.count("<img src") >= 4  # both pictures of the exhibit, wide and for a phone
