"""Write a picture as one self-contained SVG, without scripts, style sheets or fonts."""

from collections.abc import Iterator
from html import escape

from config.flows.picture import Arrow, Box, Picture, State

HEIGHT, ROW_GAP, COLUMN_GAP, MARGIN = 46, 34, 44, 14
LETTER = 8
"""The largest width of a letter of the larger size, in the units of the picture."""

COLOURS = {
    State.DONE: ("#dcfce7", "#16a34a"),
    State.RUNNING: ("#dbeafe", "#2563eb"),
    State.COMPENSATED: ("#ffedd5", "#ea580c"),
    State.FAILED: ("#fee2e2", "#dc2626"),
    State.LEFT: ("#f8fafc", "#94a3b8"),
}
"""The colours of a box and of its edge, by state."""

WORDS = {
    State.DONE: "done",
    State.RUNNING: "under way",
    State.COMPENSATED: "compensated",
    State.FAILED: "failed",
    State.LEFT: "not reached",
}

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
role="img" aria-label="{label}" style="max-width: 100%; height: auto" \
font-family="system-ui, sans-serif" text-anchor="middle">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0 8 4 0 8z" fill="#64748b"/></marker></defs>"""

_BOX = """\
<g><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{fill}" stroke="{edge}" \
stroke-width="1.5"/><text x="{middle}" y="{first}" font-size="13" font-weight="600" \
fill="#0f172a">{name}</text><text x="{middle}" y="{second}" font-size="11" \
fill="#475569">{text}</text><title>{title}</title></g>"""

_ARROW = """\
<path d="{way}" fill="none" stroke="#64748b" stroke-width="1.3" marker-end="url(#tip)"{dashes}/>"""


def as_svg(picture: Picture) -> str:
    """Draw a picture; that of an order has a legend of the states below it."""
    return "\n".join(_Drawing(picture).lines())


class _Drawing:
    """A picture and the widths of its columns."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.widths = [
            max(_width(box) for box in picture.boxes if box.column == column)
            for column in range(max(box.column for box in picture.boxes) + 1)
        ]
        self.top = MARGIN + (ROW_GAP if any(map(_is_over_others, picture.arrows)) else 0)
        rows = max(box.row for box in picture.boxes) + 1
        self.bottom = self.top + rows * (HEIGHT + ROW_GAP)

    def lines(self) -> Iterator[str]:
        """Yield the elements, arrows below boxes."""
        picture = self.picture
        width = 2 * MARGIN + sum(self.widths) + COLUMN_GAP * (len(self.widths) - 1)
        height = self.bottom + (24 if picture.is_coloured else 0)
        yield _HEAD.format(width=width, height=height, label=escape(picture.title))
        for arrow in picture.arrows:
            dashes = ' stroke-dasharray="5 4"' if arrow.compensates else ""
            yield _ARROW.format(way=self._path(arrow), dashes=dashes)
        for box in picture.boxes:
            yield self._box(box)
        if picture.is_coloured:
            yield from self._legend()
        yield "</svg>"

    def _box(self, box: Box) -> str:
        fill, edge = COLOURS[box.state]
        left, top = self._left(box), self._top(box)
        return _BOX.format(
            x=left,
            y=top,
            width=self.widths[box.column],
            height=HEIGHT,
            middle=left + self.widths[box.column] // 2,
            first=top + 20,
            second=top + 36,
            fill=fill,
            edge=edge,
            name=escape(box.name),
            text=escape(box.text),
            title=f"{escape(box.name)}: {WORDS[box.state]}" if self.picture.is_coloured else "",
        )

    def _path(self, arrow: Arrow) -> str:
        """Return the path of an arrow: down within a column, sideways, or in an arc over others."""
        source, target = arrow.source, arrow.target
        left, right = self._left(source), self._left(source) + self.widths[source.column]
        to_left, to_right = self._left(target), self._left(target) + self.widths[target.column]
        if source.column == target.column:
            return f"M{(left + right) // 2} {self._top(source) + HEIGHT} V{self._top(target)}"
        if _is_over_others(arrow):
            start, end, head = (left + right) // 2, (to_left + to_right) // 2, self._top(source)
            return f"M{start} {head} C{start} {MARGIN} {end} {MARGIN} {end} {self._top(target)}"
        start, end = (right, to_left) if target.column > source.column else (left, to_right)
        bend = (start + end) // 2
        middle, to_middle = self._top(source) + HEIGHT // 2, self._top(target) + HEIGHT // 2
        return f"M{start} {middle} C{bend} {middle} {bend} {to_middle} {end} {to_middle}"

    def _legend(self) -> Iterator[str]:
        shown = [state for state in State if any(box.state == state for box in self.picture.boxes)]
        for index, state in enumerate(shown):
            fill, edge = COLOURS[state]
            left = MARGIN + 110 * index
            yield (
                f'<rect x="{left}" y="{self.bottom}" width="12" height="12" rx="3"'
                f' fill="{fill}" stroke="{edge}"/><text x="{left + 18}" y="{self.bottom + 10}"'
                f' font-size="11" text-anchor="start" fill="#64748b">{WORDS[state]}</text>'
            )

    def _left(self, box: Box) -> int:
        return MARGIN + sum(self.widths[: box.column]) + COLUMN_GAP * box.column

    def _top(self, box: Box) -> int:
        return self.top + box.row * (HEIGHT + ROW_GAP)


def _is_over_others(arrow: Arrow) -> bool:
    """Tell whether an arrow to the left passes other columns, above which it is drawn."""
    return arrow.source.column - arrow.target.column > 1


def _width(box: Box) -> int:
    letters = max(len(box.name) * LETTER, len(box.text) * LETTER * 0.8)
    return max(120, round(letters) + 26)
