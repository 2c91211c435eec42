"""Parameters of a notebook as papermill injects them: none but those that the notebook has, and each of its kind.

Papermill writes what it is given into a cell behind the defaults, whatever its name: a name that was mistyped would be ignored, and a
year given as a text would be no year.
"""

import ast
import sys
from collections.abc import Iterator
from typing import TypeVar

from analysis.errors import UnknownParameter, did_you_mean

Kind = TypeVar("Kind", int, str)

_INJECTED = "# Parameters"  # first line of the cell that papermill writes
_EXPECTED: dict[type, str] = {int: "a whole number, 2017 say", str: "a text"}


def check_names() -> None:
    """Raise `UnknownParameter` where papermill gave the running notebook one that it does not have."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    cells = [str(source) for source in shell.user_ns.get("In", [])] if shell else []
    for number, source in enumerate(cells):
        known = [name for before in cells[:number] for name in _assigned(before)]
        if source.startswith(_INJECTED) and known:
            for name in _assigned(source):
                if name not in known:
                    raise UnknownParameter(
                        f"This notebook has no parameter '{name}'.{did_you_mean(name, known)} It has: {', '.join(known)}."
                    )


def _assigned(source: str) -> Iterator[str]:
    """Name what a cell of parameters sets."""
    try:
        lines = ast.parse(source).body
    except SyntaxError:  # magics, say: no such cell
        return
    for line in lines:
        if isinstance(line, ast.Assign | ast.AnnAssign):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def fitting(name: str, value: object, kind: type[Kind]) -> Kind:
    """Give a value of a parameter as what the parameter is, a whole number or a text, where it means that.

    Raises
    ------
    UnknownParameter
        Where it does not.
    """
    if type(value) is kind:
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and kind is int and value.strip().isdecimal():
        return kind(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return kind(value)
    raise UnknownParameter(f"The parameter '{name}' cannot be {value!r}. Expected: {_EXPECTED[kind]}.")
