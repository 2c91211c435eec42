"""Two pictures (SVG) compared by what they show: the same, rendered otherwise, or another."""

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SAME, RENDERING, DIFFERS = "same", "rendering", "differs"

_TOLERANCE = 1.0  # units of the picture that an element may be moved by fonts or rounding
_OUTLINE = 0.1  # the same for the outline of a letter or a mark: more would be another letter
_EXACT = 1e-6
_GEOMETRY = {
    "d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height",
    "viewBox",
}  # fmt: skip
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_MOVE = re.compile(r"(\w+)\s*\(([^)]*)\)")
_REFERENCE = re.compile(r"#([^)\s\"']+)")

Piece = tuple[str, tuple[float, ...], float]  # a text without its numbers, these, and how far they may be moved


def picture_difference(before: bytes, after: bytes) -> str:
    """Say how two pictures differ.

    Returns
    -------
    str
        `same` for the same bytes; `rendering` where both hold the same elements in the same order, in the same
        colours, with the same letters, each at its place within one unit of the picture; else `differs`, also where
        one cannot be read.
    """
    if before == after:
        return SAME
    try:
        first, second = list(_pieces(before)), list(_pieces(after))
    except ElementTree.ParseError:
        return DIFFERS
    alike = len(first) == len(second) and all(map(_is_near, first, second))
    return RENDERING if alike else DIFFERS


def _is_near(first: Piece, second: Piece) -> bool:
    (text, numbers, tolerance), (other, others, _) = first, second
    if text != other or len(numbers) != len(others):
        return False
    return all(abs(a - b) <= tolerance for a, b in zip(numbers, others, strict=True))


def _pieces(content: bytes) -> Iterator[Piece]:
    """Take a picture apart, element by element and attribute by attribute."""
    # matplotlib writes the text of each label as a comment before its letters, which are outlines
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    tree = ElementTree.fromstring(content, parser)
    # names are digests of contents, so they differ where a coordinate does: what has one is known by its number
    names = {name: place for place, name in enumerate(element.get("id", "") for element in tree.iter()) if name}
    yield from _element_pieces(tree, names, 1.0, inside="")


def _element_pieces(element: Element, names: Mapping[str, int], scale: float, inside: str) -> Iterator[Piece]:
    tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "comment"
    if tag == "metadata":  # it names the version of the program alone
        return
    yield f"<{tag} {(element.text or '').split()} {sorted(element.keys())}", (), 0
    inner = scale
    for move, numbers in _MOVE.findall(element.get("transform", "")):
        piece = _numbered(numbers, _TOLERANCE / inner if move == "translate" and inner else _EXACT)
        yield f"{move} {piece[0]}", *piece[1:]
        inner *= abs(piece[1][0]) if move == "scale" and piece[1] else 1.0
    for name in sorted({*element.keys()} - {"transform", "id"}):
        value = element.get(name, "")
        if name in _GEOMETRY:
            tolerance = _OUTLINE if tag == "path" and inside == "defs" else _TOLERANCE
            yield _numbered(value, tolerance / inner if inner else 0)
        else:
            yield _REFERENCE.sub(lambda match: f"#{names.get(match[1], match[1])}", value), (), 0
    for child in element:
        yield from _element_pieces(child, names, inner, inside=tag)
    yield f"</{tag}> {(element.tail or '').split()}", (), 0


def _numbered(value: str, tolerance: float) -> Piece:
    texts = _NUMBER.split(value)
    return " ".join(str(text.split()) for text in texts[::2]), tuple(map(float, texts[1::2])), tolerance
