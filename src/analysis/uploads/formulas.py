"""The value of a formula that no program has computed, where it is arithmetic of numbers alone."""

import ast
import operator
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException

_LONGEST = 200  # characters of a formula
_DIGITS = Context(prec=15)  # as spreadsheet programs compute
_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def literal_value(formula: str) -> Decimal | str | None:
    """Give the value of a formula such as `=55/2` or `="2019"`; `None` where it needs anything else."""
    if not formula.startswith("=") or len(formula) > _LONGEST:
        return None
    try:
        tree = ast.parse(formula[1:].strip(), mode="eval").body
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            return quoted_text(formula)
        return _DIGITS.plus(_arithmetic(tree, formula[1:].strip()))
    except (SyntaxError, ValueError, DecimalException, RecursionError, MemoryError):
        return None


def quoted_text(cell: str) -> str | None:
    """Give the text of a formula that is nothing but a text: `="2019"`, which keeps a text as it is."""
    inner = cell[2:-1].replace('""', "")
    if len(cell) < 3 or not (cell.startswith('="') and cell.endswith('"')) or '"' in inner:
        return None
    return cell[2:-1].replace('""', '"')


def _arithmetic(node: ast.expr, source: str) -> Decimal:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Decimal(ast.get_source_segment(source, node) or "")
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        value = _arithmetic(node.operand, source)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _arithmetic(node.left, source), _arithmetic(node.right, source)
        return _OPERATORS[type(node.op)](left, right)
    raise ValueError("not arithmetic of numbers")
