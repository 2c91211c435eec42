"""Why two runs of the same cell may differ, read from the syntax trees of the cell and of the functions that it reaches.

What is reached is followed by names: a call of a function, a property of the chapter, a method that few classes have. It is a
search for likely causes, nearest first, not a proof.
"""

import ast
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

# kinds of causes
BOOTSTRAP, CHANCE, SETS, LISTING, CLOCK, PLACE, IDENTITY = (
    "bootstrap",
    "chance",
    "sets",
    "listing",
    "clock",
    "place",
    "identity",
)

_SEABORN = r"seaborn\.(barplot|pointplot|lineplot|regplot|lmplot|catplot|relplot)"
_CALLS = {
    CLOCK: (
        r"datetime\.(datetime|date)\.(now|today|utcnow)|pandas\.Timestamp\.(now|today|utcnow)"
        r"|time\.(time|time_ns|localtime|gmtime|ctime|asctime|strftime|perf_counter|monotonic)"
    ),
    CHANCE: (
        r"random\.(?!Random$|seed$)\w+|numpy\.random\.(?!default_rng$|RandomState$|Generator$|seed$|PCG64$|SeedSequence$)\w+"
        r"|uuid\.uuid[14]|secrets\.\w+|os\.urandom|tempfile\.(mktemp|mkstemp|mkdtemp)"
    ),
    LISTING: r"os\.(listdir|scandir|walk)|glob\.i?glob",
    PLACE: (
        r"os\.(environ|getenv|getlogin|getcwd|getpid|cpu_count|path\.(expanduser|expandvars|abspath|realpath))(\..*)?|getpass\.getuser"
        r"|socket\.(gethostname|getfqdn)|platform\.\w+|locale\.\w+|pathlib\.Path\.(home|cwd)|multiprocessing\.cpu_count"
        r"|tempfile\.gettempdir|shutil\.get_terminal_size|sys\.(argv|path|executable|prefix)"
    ),
}  # fmt: skip
_SEEDED = r"random\.Random|numpy\.random\.(default_rng|RandomState)"  # by chance only without a seed
_PATHS = ("iterdir", "glob", "rglob")
_OPERATIONS = ("union", "intersection", "difference", "symmetric_difference")
# order counts for none of these
_ORDERLESS = {"sorted", "len", "min", "max", "sum", "any", "all", "set", "frozenset", "Counter", "bool"}
_ORDERED = {"list", "tuple", "enumerate", "iter", "next", "zip", "map", "filter", "str", "repr", "reversed", "join", "array",
            "Series", "DataFrame", "Index", "concat", "fromkeys", "extend", "print", "display"}  # fmt: skip
_FEW = 3  # classes that may have a method, for a call of that name to be followed
_MEND = {
    SETS: "sort it: `sorted(...)`",
    LISTING: "sort it: `sorted(...)`",
    CLOCK: "take the date from the data or from SOURCE_DATE_EPOCH, or leave it out",
    CHANCE: "give it a seed, `numpy.random.default_rng(seed)` say, or a name made from the data",
    PLACE: "leave it out: it belongs to a machine, not to the study",
    IDENTITY: "take a name or a digest of the content (analysis.files.digest)",
}


@dataclass(frozen=True)
class Cause:
    """A place in the code that may give something else in each run.

    `distance` is the number of calls between the cell and the place.
    """

    kind: str
    what: str
    where: str
    distance: int
    mend: str

    @property
    def text(self) -> str:
        """Write it as a sentence."""
        return f"{self.what} ({self.where}); {self.mend}"


@dataclass(frozen=True)
class Source:
    """A piece of Python: a module of the library, or the cells of a notebook.

    `starts` are for a notebook the first line of each cell with its number: lines are counted within a cell.
    """

    name: str
    label: str
    tree: ast.Module
    starts: tuple[tuple[int, int], ...] = ()

    @cached_property
    def imports(self) -> dict[str, str]:
        """Give what each name stands for that is imported, at the top or within a function."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        return found

    @cached_property
    def named(self) -> dict[str, list[ast.stmt]]:
        """Give functions, classes and what is assigned, by name."""
        found: dict[str, list[ast.stmt]] = {}
        for node in self.tree.body:
            names = [node.name] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else [
                one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            ]  # fmt: skip
            for name in names:
                found.setdefault(name, []).append(node)
        return found

    def place(self, node: ast.AST) -> str:
        """Name file and line, or cell and line."""
        line = getattr(node, "lineno", 1)
        for start, number in reversed(self.starts):
            if line >= start:
                return f"{self.label}, cell {number}, line {line - start + 1}"
        return f"{self.label}, line {line}"

    def dotted(self, node: ast.AST) -> str:
        """Give the full name of an expression such as `np.random.normal`; empty for what is none."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.imports.get(node.id, node.id), *reversed(parts)])


def notebook(label: str, cells: Sequence[tuple[int, str]]) -> Source:
    """Give the cells of a notebook, each a number and its code, as one piece."""
    lines, starts = list[str](), list[tuple[int, int]]()
    for number, code in cells:
        own = ["" if re.match(r"\s*[%!?]", line) else line for line in code.splitlines()]
        try:
            ast.parse("\n".join(own))
        except SyntaxError:
            continue
        starts.append((len(lines) + 1, number))
        lines += own
    return Source("", label, ast.parse("\n".join(lines)), tuple(starts))


@dataclass(frozen=True)
class _Step:
    """Something reached: a statement of a source, and the class whose `self` it has."""

    source: Source
    node: ast.AST
    owner: str
    distance: int


@dataclass
class Library:
    """The modules of a package, to look for what a cell reaches."""

    folder: Path
    _modules: dict[str, Source | None] = field(default_factory=dict)

    def module(self, name: str) -> Source | None:
        """Give a module by its full name; `None` where it is none of the package."""
        if name not in self._modules:
            bare = self.folder.parent.joinpath(*name.split("."))
            files = [file for file in (bare.with_suffix(".py"), bare / "__init__.py") if file.is_file()]
            inside = files and name.split(".")[0] == self.folder.name
            self._modules[name] = self._read(name, files[0]) if inside else None
        return self._modules[name]

    def _read(self, name: str, file: Path) -> Source:
        label = f"{self.folder.parent.name}/{file.relative_to(self.folder.parent).as_posix()}"
        return Source(name, label, ast.parse(file.read_bytes()))

    def modules(self, within: str = "") -> list[Source]:
        """List all modules, or those within a package of it."""
        names = [
            ".".join(file.relative_to(self.folder.parent).with_suffix("").parts).removesuffix(".__init__")
            for file in sorted(self.folder.rglob("*.py"))
        ]
        return [found for name in names if name.startswith(within) and (found := self.module(name)) is not None]

    @cached_property
    def _methods(self) -> dict[str, list[tuple[Source, ast.AST, str]]]:
        found: dict[str, list[tuple[Source, ast.AST, str]]] = {}
        for source in self.modules():
            for cls in source.tree.body:
                if not isinstance(cls, ast.ClassDef):
                    continue
                for node in cls.body:
                    if isinstance(node, ast.FunctionDef):
                        found.setdefault(node.name, []).append((source, node, f"{source.name}.{cls.name}"))
        return found

    def _class(self, name: str) -> tuple[Source, ast.ClassDef] | None:
        module, _, own = name.rpartition(".")
        source = self.module(module)
        for node in source.named.get(own, []) if source else []:
            if source and isinstance(node, ast.ClassDef):
                return source, node
        return None

    def lineage(self, name: str) -> Iterator[tuple[Source, ast.ClassDef]]:
        """Give a class and those that it is derived from."""
        if found := self._class(name):
            yield found
            for base in found[1].bases:
                full = found[0].dotted(base)
                yield from self.lineage(full if "." in full else f"{found[0].name}.{full}")

    def reached(self, source: Source, start: Sequence[ast.AST]) -> Iterator[_Step]:
        """Give what statements reach, nearest first, themselves included."""
        waiting = deque(_Step(source, node, "", 0) for node in start)
        seen = {(id(step.node), step.owner) for step in waiting}
        while waiting:
            step = waiting.popleft()
            yield step
            for other in self._next(step):
                if (key := (id(other.node), other.owner)) not in seen:
                    seen.add(key)
                    waiting.append(other)

    def _next(self, step: _Step) -> Iterator[_Step]:
        for node in ast.walk(step.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield from self._named(step, step.source.imports.get(node.id, ""), node.id)
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(step, node)

    def _named(self, step: _Step, full: str, name: str) -> Iterator[_Step]:
        """Follow a name, imported or of the same source."""
        source = self.module(full.rpartition(".")[0]) if full else step.source
        if source is None:
            return
        for node in source.named.get(full.rpartition(".")[2] or name, []):
            if not isinstance(node, ast.ClassDef):
                yield _Step(source, node, "", step.distance + 1)
                continue
            cls = f"{source.name}.{node.name}"
            made = [
                one
                for one in node.body
                if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__post_init__")
            ]
            yield from (_Step(source, one, cls, step.distance + 1) for one in made)

    def _attribute(self, step: _Step, node: ast.Attribute) -> Iterator[_Step]:
        """Follow an attribute: of a module, of `self`, of a chapter that a cell made, else a method that few classes have."""
        full = step.source.dotted(node)
        if full and self.module(full.rpartition(".")[0]):
            yield from self._named(step, full, node.attr)
            return
        owner = self._owner(step, node.value)
        for source, cls in self.lineage(owner) if owner else []:
            for one in cls.body:
                if isinstance(one, ast.FunctionDef) and one.name == node.attr:
                    yield _Step(source, one, owner, step.distance + 1)
                    return
        found = self._methods.get(node.attr, [])
        if len(found) <= _FEW:
            yield from (_Step(source, one, cls, step.distance + 1) for source, one, cls in found)

    def _owner(self, step: _Step, node: ast.AST) -> str:
        """Name the class of `self`, or of a name to which an object of a class of the library was assigned."""
        if not isinstance(node, ast.Name):
            return ""
        if node.id in ("self", "cls"):
            return step.owner
        for made in step.source.named.get(node.id, []):
            if isinstance(made, ast.Assign) and isinstance(made.value, ast.Call):
                full = step.source.dotted(made.value.func)
                return full if "." in full else f"{step.source.name}.{full}"
        return ""


def of_cell(library: Library, source: Source, number: int) -> list[Cause]:
    """List what a cell of a notebook reaches that may differ from run to run, nearest first."""
    first = {cell: start for start, cell in source.starts}
    ends = [start for start, _ in source.starts if start > first.get(number, 0)]
    end = min(ends, default=1 << 30)
    start = [node for node in source.tree.body if number in first and first[number] <= node.lineno < end]
    return _found(library, library.reached(source, start))


def of_package(library: Library, within: str) -> list[Cause]:
    """List what the functions of a package hold that may differ from run to run."""
    steps = (_Step(source, node, "", 0) for source in library.modules(within) for node in source.tree.body)
    return _found(library, steps)


def _found(library: Library, steps: Iterator[_Step]) -> list[Cause]:
    found: dict[tuple[str, str], Cause] = {}
    for step in steps:
        for kind, what, node, mend in _suspects(library, step.source, step.node):
            where = step.source.place(node)
            found.setdefault((what, where), Cause(kind, what, where, step.distance, mend or _MEND[kind]))
    return list(found.values())


Suspect = tuple[str, str, ast.AST, str]


def _suspects(library: Library, source: Source, top: ast.AST) -> Iterator[Suspect]:
    """List in a statement what may differ from run to run."""
    parents = {id(child): node for node in ast.walk(top) for child in ast.iter_child_nodes(node)}
    sets = _names_of_sets(library, source, top) | _names_of_sets(library, source, source.tree, deep=False)
    for node in ast.walk(top):
        if isinstance(node, ast.Call):
            yield from _of_call(source, node, parents)
        elif isinstance(node, ast.Attribute | ast.Name) and not isinstance(
            parents.get(id(node)), ast.Call | ast.Attribute
        ):
            yield from _of_name(source, node)
        if isinstance(node, ast.expr) and _is_set(library, source, node, sets) and _in_order(node, parents):
            yield SETS, f"the order of the set `{_short(node)}`, which depends on hashes", node, ""


def _of_call(source: Source, node: ast.Call, parents: Mapping[int, ast.AST]) -> Iterator[Suspect]:
    full = source.dotted(node.func)
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if re.fullmatch(_SEABORN, full):
        if not ({"seed"} & set(given)) and not _without_bootstrap(full, given):
            yield BOOTSTRAP, f"{full} draws bootstrap intervals without a seed", node, "give it `seed=`"
    elif full == "scipy.stats.bootstrap":
        if not {"random_state", "rng"} & set(given) and not _draws_nothing(given):
            yield BOOTSTRAP, "scipy.stats.bootstrap draws without a seed", node, "give it `rng=`"
    elif re.fullmatch(_SEEDED, full):
        if not node.args and not given:
            yield CHANCE, f"{full}() without a seed", node, "give it a seed"
    elif last in _PATHS or re.fullmatch(_CALLS[LISTING], full):
        if not _orderless(node, parents):
            yield LISTING, f"{full or f'`.{last}`'} gives files in any order", node, ""
    elif full in ("id", "hash") and full not in source.named:
        yield IDENTITY, f"{full}() of an object is another in each process", node, ""
    elif last == "sample" and "random_state" not in given and not full.startswith(("random.", "numpy.")):
        yield CHANCE, "`.sample` draws rows without a seed", node, "give it `random_state=`"
    elif full == "time.strftime" and len(node.args) > 1:
        return
    else:
        yield from _of_name(source, node.func)


def _of_name(source: Source, node: ast.AST) -> Iterator[Suspect]:
    full = source.dotted(node)
    said = {
        CLOCK: f"{full} reads the clock", CHANCE: f"{full} draws by chance",
        PLACE: f"{full} tells of the machine, its user or a folder", LISTING: f"{full} gives files in any order",
    }  # fmt: skip
    for kind, text in said.items():
        if full and kind != LISTING and re.fullmatch(_CALLS[kind], full):
            yield kind, text, node, ""


def _draws_nothing(given: Mapping[str | None, ast.expr]) -> bool:
    """Say whether a bootstrap of scipy takes draws that were made before, and makes none."""
    count = given.get("n_resamples")
    return isinstance(count, ast.Constant) and count.value == 0


def _without_bootstrap(full: str, given: Mapping[str | None, ast.expr]) -> bool:
    """Say whether a picture of seaborn draws no interval, or one that needs no draws."""
    value = given.get("ci") if full.endswith(("regplot", "lmplot")) else given.get("errorbar")
    if isinstance(value, ast.Tuple) and value.elts:
        value = value.elts[0]
    return isinstance(value, ast.Constant) and (
        value.value is None or (isinstance(value.value, str) and value.value != "ci")
    )


def _names_of_sets(library: Library, source: Source, top: ast.AST, *, deep: bool = True) -> set[str]:
    """Name the variables that hold a set."""
    found: set[str] = set()
    for node in ast.walk(top) if deep else ast.iter_child_nodes(top):
        if isinstance(node, ast.Assign) and _is_set(library, source, node.value, found):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None and _says_set(node.annotation):
            found.add(node.arg if isinstance(node, ast.arg) else ast.unparse(node.target))
    return found


def _says_set(annotation: ast.expr) -> bool:
    return (
        re.match(r"(frozen)?set\b|AbstractSet\b|(collections\.abc\.)?Set\b", ast.unparse(annotation), re.IGNORECASE)
        is not None
    )


def _is_set(library: Library, source: Source, node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor | ast.Sub):
        return any(_is_set(library, source, side, names) or _is_keys(side) for side in (node.left, node.right))
    if isinstance(node, ast.Call):
        full = source.dotted(node.func)
        if full in ("set", "frozenset"):
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _OPERATIONS:
            return _is_set(library, source, node.func.value, names)
        module = library.module(full.rpartition(".")[0]) if "." in full else source
        made = module.named.get(full.rpartition(".")[2], []) if module else []
        return any(
            isinstance(one, ast.FunctionDef) and one.returns is not None and _says_set(one.returns) for one in made
        )
    return False


def _is_keys(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "keys"


def _in_order(node: ast.AST, parents: Mapping[int, ast.AST]) -> bool:
    """Say whether the order of what an expression gives counts where it stands."""
    parent = parents.get(id(node))
    if isinstance(parent, ast.For) and parent.iter is node:
        return True
    if isinstance(parent, ast.comprehension) and parent.iter is node:
        made = parents.get(id(parent))
        return not isinstance(made, ast.SetComp) and not _orderless(made, parents)
    if isinstance(parent, ast.Starred | ast.FormattedValue):
        return not isinstance(parents.get(id(parent)), ast.Set) and not _orderless(parent, parents)
    if isinstance(parent, ast.Call) and node in parent.args:
        return _name_of(parent.func) in _ORDERED and not _orderless(parent, parents)
    return isinstance(parent, ast.Attribute) and parent.attr == "pop" and isinstance(parents.get(id(parent)), ast.Call)


def _orderless(node: ast.AST | None, parents: Mapping[int, ast.AST]) -> bool:
    """Say whether an expression is given, itself or as what is run through, to something for which no order counts."""
    for _ in range(4):
        parent = parents.get(id(node))
        if isinstance(parent, ast.SetComp):
            return True
        if isinstance(parent, ast.Call) and node is not parent.func:
            return _name_of(parent.func) in _ORDERLESS
        if isinstance(parent, ast.Starred | ast.List | ast.comprehension | ast.GeneratorExp | ast.ListComp):
            node = parent
            continue
        return isinstance(parent, ast.Compare) and any(isinstance(sign, ast.In | ast.NotIn) for sign in parent.ops)
    return False


def _name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _short(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 50 else f"{text[:47]}..."
