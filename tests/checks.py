"""What several tests look at: the sentences and texts of a section, and texts of a picture that overlap."""

from matplotlib.axes import Axes
from matplotlib.text import Text

from analysis import figures
from analysis.exhibits import Exhibit, Paragraph, Section


def sentences(section: Section) -> str:
    return "\n".join(part.text for part in section.parts if isinstance(part, Paragraph))


def plain(section: Section) -> str:
    return str(section.plain())


def collisions(exhibit: Exhibit, wide: bool) -> list[str]:
    """List the texts of a picture that cross its edge or one another."""
    with figures.styled():
        figure = exhibit.draw(wide)
        figure.draw_without_rendering()
    boxes = [
        (text.get_text(), text.get_window_extent()) for ax in figure.axes for text in texts_of(ax) if text.get_text()
    ]
    page = figure.bbox
    found = [name for name, box in boxes if box.x0 < -1 or box.y0 < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1]
    for number, (name, box) in enumerate(boxes):
        for other, second in boxes[number + 1 :]:
            across = min(box.x1, second.x1) - max(box.x0, second.x0)
            down = min(box.y1, second.y1) - max(box.y0, second.y0)
            if across > 2 and down > 2:
                found.append(f"{name} / {other}")
    return found


def texts_of(ax: Axes) -> list[Text]:
    """List the texts of a picture that are level and seen; matplotlib keeps labels of ticks beyond the scale too."""
    ticks = []
    if ax.axison:
        for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
            inside = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            ticks += [label for tick in inside for label in (tick.label1, tick.label2) if label.get_visible()]
    titles = [ax.title, *(child for child in ax.get_children() if isinstance(child, Text) and child not in ax.texts)]
    return [text for text in {*ax.texts, *ticks, *titles} if text.get_rotation() == 0]
