"""Rules of the house that no linter knows, read from the syntax trees of library, templates and benchmarks."""

import ast
import re
from collections.abc import Iterator

import nbformat
import pytest
from conftest import ROOT

# what seaborn draws with intervals by bootstrap, unless it is told not to; `kind` where it depends on it
INTERVALS = {"barplot", "pointplot", "lineplot", "regplot", "lmplot", "Est"}
BY_KIND = {
    "catplot": {"bar", "point"},
    "relplot": {"line"},
    "jointplot": {"reg"},
    "pairplot": {"reg"},
}
NO_DRAWS = {"regplot": "ci", "lmplot": "ci"}  # these two have no errorbar


def codes() -> Iterator[tuple[str, str]]:
    """Give every piece of code with its name: modules, and the cells of templates."""
    for folder in ("src", "benchmarks"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(str(file), as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        yield file.relative_to(ROOT).as_posix(), re.sub(r"^\s*[%!].*$", "", text, flags=re.MULTILINE)


def seaborn_names(tree: ast.AST) -> tuple[set[str], dict[str, str]]:
    """Give the names by which code calls seaborn itself, and those of what it imports from it."""
    modules, functions = set[str](), dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported = [alias for alias in node.names if alias.name.split(".")[0] == "seaborn"]
            modules |= {alias.asname or alias.name.split(".")[0] for alias in imported}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "seaborn":
            functions |= {alias.asname or alias.name: alias.name for alias in node.names}
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "objects"}
    return modules, functions


def seaborn_uses(tree: ast.AST) -> Iterator[tuple[str, ast.expr, ast.Call | None]]:
    """Give each function of seaborn that code names, with the call of it, if it is called there."""
    modules, functions = seaborn_names(tree)
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in functions:
            yield functions[node.id], node, calls.get(id(node))
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[0] in modules:
            yield node.attr, node, calls.get(id(node))


def is_sure(function: str, call: ast.Call) -> bool:
    """Say whether a call draws no interval by chance: without an errorbar, with a seed, or of a kind that has none."""
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    if function in BY_KIND:
        kind = arguments.get("kind")
        if kind is None and None not in arguments:
            return True
        if isinstance(kind, ast.Constant) and kind.value not in BY_KIND[function]:
            return True
    errorbar = arguments.get(NO_DRAWS.get(function, "errorbar"))
    return "seed" in arguments or (isinstance(errorbar, ast.Constant) and errorbar.value is None)


def unsure_uses(code: str) -> list[str]:
    """List what may draw intervals by chance, with its line."""
    return [
        f"line {node.lineno}: {function}"
        for function, node, call in seaborn_uses(ast.parse(code))
        if function in INTERVALS | BY_KIND.keys() and (call is None or not is_sure(function, call))
    ]


def test_pictures_of_seaborn_name_errorbar_or_seed_where_they_would_draw_intervals_by_chance() -> None:
    faults, used, files = list[str](), 0, 0
    for name, code in codes():
        files += 1
        used += len(list(seaborn_uses(ast.parse(code))))
        faults += [f"{name}, {use} needs errorbar=None or seed=" for use in unsure_uses(code)]
    assert faults == []
    assert files > 100
    assert used > 0  # else seaborn is drawn with in a way that this test does not see


@pytest.mark.parametrize(
    "code",
    [
        "import seaborn as sns\nsns.barplot(data, x='a')",
        "import seaborn\nseaborn.pointplot(data, errorbar=('ci', 95))",
        "from seaborn import lineplot as line\nline(data)",
        "def f():\n    import seaborn as sns\n    sns.regplot(data, errorbar=None)",  # it has none: ci
        "import seaborn as sns\nsns.lmplot(data, **options)",
        "import seaborn as sns\nsns.catplot(data, kind='bar')",
        "import seaborn as sns\nsns.relplot(data, kind=kind)",
        "import seaborn as sns\nsns.relplot(data, **options)",
        "import seaborn as sns\nsns.jointplot(data, kind='reg')",
        "import seaborn as sns\ngrid.map(sns.barplot, 'a')",  # handed on: nobody sees with what
        "import seaborn.objects as so\nplot.add(so.Bar(), so.Est())",
        "from seaborn import objects as so\nplot.add(so.Bar(), so.Est())",
        "from seaborn.objects import Est\nplot.add(bar, Est())",
    ],
)
def test_an_interval_drawn_by_chance_is_seen(code: str) -> None:
    assert len(unsure_uses(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "import seaborn as sns\nsns.barplot(data, errorbar=None)",
        "import seaborn as sns\nsns.pointplot(data, seed=2012)",
        "import seaborn as sns\nsns.regplot(data, ci=None)",
        "import seaborn as sns\nsns.boxplot(data)",
        "import seaborn as sns\nsns.catplot(data)",
        "import seaborn as sns\nsns.catplot(data, kind='box')",
        "import seaborn as sns\nsns.relplot(data, kind='line', errorbar=None)",
        "import seaborn.objects as so\nplot.add(so.Bar(), so.Est(seed=1))",
        "barplot(data)",  # not that of seaborn
    ],
)
def test_what_draws_no_interval_by_chance_is_left_alone(code: str) -> None:
    assert unsure_uses(code) == []
