"""Print a timeline as text, and return it as data."""

from collections.abc import Iterator
from typing import Any

from config.timeline.timeline import Timeline

WIDTH = 10
"""Characters that the column of sources is wide."""


def as_lines(timeline: Timeline) -> Iterator[str]:
    """Yield the sentence, a line per day, and a line per entry with its time in UTC."""
    yield timeline.sentence
    yield from timeline.notes
    day = None
    for entry in timeline.entries:
        if entry.at.date() != day:
            day = entry.at.date()
            yield f"\n{day}"
        detail = f"  ({entry.detail})" if entry.detail else ""
        time = entry.at.strftime("%H:%M:%S.%f")[:-3]
        yield f"{time}  {entry.source:<{WIDTH}}  {entry.what}{detail}"


def as_data(timeline: Timeline) -> dict[str, Any]:
    """Return the same as data."""
    return {
        "order": str(timeline.order.id),
        "number": timeline.order.number,
        "status": timeline.order.status,
        "sentence": timeline.sentence,
        "notes": timeline.notes,
        "entries": [
            {
                "at": entry.at.isoformat(),
                "source": entry.source,
                "what": entry.what,
                "detail": entry.detail,
            }
            for entry in timeline.entries
        ],
    }
