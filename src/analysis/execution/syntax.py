"""What a piece of Python does, as a text that is the same with every version of Python.

`ast.dump` is not: versions differ in the fields that they know, in what they leave out, and in how they divide the texts of an
f-string. This module imports the standard library alone, so that any Python can run it by its path: it prints the digest of
each file named.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_SILENT = ("kind", "type_comment", "type_ignores")  # they do nothing


def digest_of(source: str | bytes) -> str:
    """Digest what a source does (SHA-256); comments, layout and line endings count for nothing."""
    return digest_tree(ast.parse(source))


def digest_tree(tree: ast.AST) -> str:
    """Digest a syntax tree."""
    return hashlib.sha256("".join(_written(tree)).encode()).hexdigest()


def _written(value: object) -> Iterator[str]:
    """Write a node, its fields by their names; what is empty is left out, as it is where a version lacks the field."""
    if isinstance(value, ast.JoinedStr):
        yield f"JoinedStr({'|'.join(_pieces(value.values))})"
    elif isinstance(value, ast.AST):
        yield f"{type(value).__name__}("
        for name, content in sorted(ast.iter_fields(value)):
            if name not in _SILENT and not _is_empty(content):
                yield f"{name}="
                yield from _written(content)
                yield ","
        yield ")"
    elif isinstance(value, list):
        yield "["
        for one in value:
            yield from _written(one)
            yield ","
        yield "]"
    else:
        yield f"{type(value).__name__}:{value!a}"  # which letters `repr` shows depends on the version of Unicode


def _is_empty(value: object) -> bool:
    """Say whether a field holds nothing."""
    return value is None or value == [] or (isinstance(value, ast.JoinedStr) and not value.values)


def _pieces(values: Sequence[ast.expr]) -> Iterator[str]:
    """Write the parts of an f-string: texts that follow each other are one."""
    text = ""
    for value in values:
        if isinstance(value, ast.Constant):
            text += str(value.value)
            continue
        if text:
            yield ascii(text)
        text = ""
        yield "".join(_written(value))
    if text:
        yield ascii(text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(digest_of(Path(name).read_bytes()), name)
