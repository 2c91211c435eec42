"""Pictures: one style, the same bytes for the same data, and a fingerprint of what they show."""

import hashlib
import io
import json
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from analysis import config

CROSS = config.NEUTRAL
QUIET, BAND, INK = "#8C8C8C", "#DDDDDD", "#262626"
WIDE, NARROW = 7.4, 3.7  # inches; 9 point text is then 12 pixels high on a page and on a phone
_PLACES = re.compile(r"(scale\([^)]*\))|(?<![\w.#-])-?\d+\.\d{5,}(?![\w.])")
_STYLE = Path(__file__).parent / "study.mplstyle"


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of the study, whatever the settings of the machine."""
    with mpl.rc_context(), warnings.catch_warnings():
        # seaborn 0.13.2 on matplotlib 3.11; mended after that release
        warnings.filterwarnings("ignore", "vert: bool was deprecated")
        mpl.rcdefaults()
        style.use(_STYLE)
        yield


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, and the figure that it was made of."""

    svg: str
    figure: Figure

    @cached_property
    def fingerprint(self) -> str:
        """Give the fingerprint of what it shows; ticks that were not asked for before are made in the style too."""
        with styled():
            return fingerprint(self.figure)


def picture(draw: Callable[[bool], Figure], *, wide: bool) -> Picture:
    """Draw a picture; the same data give the same bytes."""
    with styled():
        figure, out = draw(wide), io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return Picture(_without_last_digits(out.getvalue()), figure)


def _without_last_digits(svg: str) -> str:
    """Take out what depends on the last digits of numbers, in which versions of NumPy differ.

    Places are given to a ten-thousandth of a point, but for scales, which are exact; and shapes that others refer to are named by
    their order, where matplotlib names them by a digest of such numbers.
    """
    svg = _PLACES.sub(lambda found: found[0] if found[1] else str(round(float(found[0]), 4)), svg)
    names: dict[str, str] = {}
    for letter, digits in re.findall(r' id="([a-zA-Z])([0-9a-f]{10})"', svg):
        names.setdefault(letter + digits, f"{letter}{len(names) + 1}")
    return re.sub(r"(?<=[#\"])[a-zA-Z][0-9a-f]{10}(?=[\")])", lambda found: names.get(found[0], found[0]), svg)


def fingerprint(figure: Figure) -> str:
    """Digest what a picture shows, lines, areas and texts in the units of the data, but not how it is rendered.

    Comparing pictures by bytes fails with another font renderer; comparing none misses a wrong picture. This tells
    whether another machine draws the same.
    """
    shown: list[object] = []
    for ax in figure.axes:
        shapes = [line.get_xydata() for line in ax.lines] + [patch.get_path().vertices for patch in ax.patches]
        shapes += [path.vertices for collection in ax.collections for path in collection.get_paths()]
        shown += [[f"{number:.6g}" for number in np.ravel(np.asarray(shape, dtype=float))] for shape in shapes]
        shown += [text.get_text() for text in [*ax.texts, ax.title, *ax.get_xticklabels(), *ax.get_yticklabels()]]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:12]


def png(draw: Callable[[bool], Figure], *, wide: bool, dpi: int = 120) -> bytes:
    """Draw a picture as PNG, for looking at it."""
    with styled():
        out = io.BytesIO()
        draw(wide).savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()
