"""A picture before it is drawn: boxes on a grid, and arrows between them."""

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """The progress of an order at a box."""

    DONE = "done"
    RUNNING = "running"
    COMPENSATED = "compensated"
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Box:
    """A step, or a message.

    :ivar column: its place from the left, and ``row`` from the top, both from 0.
    :ivar text: shown below the name in small letters.
    """

    name: str
    column: int
    row: int
    text: str = ""
    state: State = State.LEFT

    @property
    def key(self) -> str:
        """Identify the box within its picture."""
        return f"box_{self.column}_{self.row}"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A path from one box to another; that of a compensation is dashed."""

    source: Box
    target: Box
    compensates: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A saga, or the choreography.

    :ivar name: its name on the command line, and as a file.
    :ivar is_coloured: whether it shows an order.
    """

    name: str
    title: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    is_coloured: bool = False

    def add(self, box: Box) -> Box:
        """Put a box in its place."""
        self.boxes.append(box)
        return box

    def lead(self, source: Box, target: Box, *, compensates: bool = False) -> None:
        """Draw an arrow."""
        self.arrows.append(Arrow(source, target, compensates))
