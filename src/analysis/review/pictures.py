"""Two pictures (SVG) compared by what they show: the same, rendered otherwise, or another."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SAME, RENDERING, DIFFERS = "same", "rendering", "differs"

_TOLERANCE = 1.0  # units of the picture that an element may be moved by fonts or rounding
_OUTLINE = 0.1  # the same for the outline of a letter or a mark: more would be another letter
_GEOMETRY = {
    "d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "viewBox",
}  # fmt: skip
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_MOVE = re.compile(r"(\w+)\s*\(([^)]*)\)")
_REFERENCE = re.compile(r"#([^)\s\"']+)")

Names = Mapping[str, int]


def picture_difference(before: bytes, after: bytes) -> str:
    """Say how two pictures differ.

    Returns
    -------
    str
        `same` for the same bytes; `rendering` where both hold the same elements in the same order,
        in the same colours, with the same letters, each at its place within one unit of the
        picture; else `differs`, also where one cannot be read.
    """
    if before == after:
        return SAME
    try:
        first, second = _tree(before), _tree(after)
    except ElementTree.ParseError:
        return DIFFERS
    return RENDERING if _alike(first, second, (_names(first), _names(second)), 1.0, inside="") else DIFFERS


def _tree(content: bytes) -> Element:
    # matplotlib writes the text of each label as a comment before its letters, which are outlines
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    return ElementTree.fromstring(content, parser)


def _names(tree: Element) -> Names:
    """Give numbers to what has a name: names are digests, and differ where a coordinate does."""
    return {name: place for place, name in enumerate(element.get("id", "") for element in tree.iter()) if name}


def _alike(first: Element, second: Element, names: tuple[Names, Names], scale: float, inside: str) -> bool:
    if first.tag != second.tag or (first.text or "").split() != (second.text or "").split():
        return False
    if first.keys() != second.keys() or (first.tail or "").split() != (second.tail or "").split():
        return False
    inner = scale * _scale(first.get("transform", ""))
    tag = _local(first)
    for name in first.keys():  # noqa: SIM118 (an element is no mapping)
        a, b = first.get(name, ""), second.get(name, "")
        if name == "transform":
            fits = _moved(a, b, scale)
        elif name in _GEOMETRY:
            tolerance = _OUTLINE if tag == "path" and inside == "defs" else _TOLERANCE
            fits = _near(a, b, tolerance / inner if inner else 0)
        else:
            fits = name == "id" or _referring(a, names[0]) == _referring(b, names[1])
        if not fits:
            return False
    ours, theirs = _children(first), _children(second)
    return len(ours) == len(theirs) and all(
        _alike(a, b, names, inner, inside=tag) for a, b in zip(ours, theirs, strict=True)
    )


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "comment"


def _children(element: Element) -> list[Element]:
    """Give what an element holds; the metadata name the version of the program alone."""
    return [child for child in element if _local(child) != "metadata"]


def _referring(text: str, names: Names) -> str:
    """Replace the names that an attribute refers to by their numbers."""
    return _REFERENCE.sub(lambda match: f"#{names[match[1]]}" if match[1] in names else match[0], text)


def _scale(transform: str) -> float:
    product = 1.0
    for name, numbers in _MOVE.findall(transform):
        if name == "scale" and (factors := _NUMBER.findall(numbers)):
            product *= abs(float(factors[0]))
    return product


def _moved(first: str, second: str, scale: float) -> bool:
    """Tell whether two transformations are the same but for a small move."""
    ours, theirs = _MOVE.findall(first), _MOVE.findall(second)
    if [name for name, _ in ours] != [name for name, _ in theirs]:
        return False
    for name, a, b in ((name, a, b) for (name, a), (_, b) in zip(ours, theirs, strict=True)):
        if not _near(a, b, _TOLERANCE / scale if name == "translate" and scale else 1e-6):
            return False
        scale *= _scale(f"{name}({a})")
    return True


def _near(first: str, second: str, tolerance: float) -> bool:
    """Tell whether two texts are the same but for numbers that differ by a tolerance at most."""
    ours, theirs = _NUMBER.split(first), _NUMBER.split(second)
    if len(ours) != len(theirs) or [text.split() for text in ours[::2]] != [text.split() for text in theirs[::2]]:
        return False
    return all(abs(float(a) - float(b)) <= tolerance for a, b in zip(ours[1::2], theirs[1::2], strict=True))
