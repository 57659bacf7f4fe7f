"""The charts of the first page, and the sums of the last hour and day, from the minutes noted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

HOUR: Final = 3600
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that charts show.

    :ivar length: seconds.
    :ivar step: the seconds that one point stands for.
    """

    name: str
    title: str
    length: int
    step: int

    @property
    def per(self) -> str:
        """What one point stands for, in words."""
        return {60: "minute", 300: "5 minutes", 3600: "hour"}[self.step]


SPANS: Final = {
    each.name: each
    for each in (
        Span("hour", "Last hour", HOUR, 60),
        Span("day", "Last 24 hours", DAY, 300),
        Span("week", "Last 7 days", 7 * DAY, HOUR),
    )
}

# A point is empty where no minute of it was noted: a gap is not a zero.
_POINTS = """
SELECT step.at, sum(m.placed), sum(m.confirmed), sum(m.cancelled), sum(m.failures),
       max(m.median), max(m.p95), max(m.owed), max(m.dead_letters),
       (SELECT sum(b.placed) FROM config_minute b
        WHERE b.at >= step.at - interval '1 day'
          AND b.at < step.at - interval '1 day' + make_interval(secs => %(step)s))
FROM generate_series(
    to_timestamp(floor((extract(epoch FROM now()) - %(length)s) / %(step)s) * %(step)s),
    now() - interval '1 minute', make_interval(secs => %(step)s)) AS step (at)
LEFT JOIN config_minute m ON m.at >= step.at AND m.at < step.at + make_interval(secs => %(step)s)
GROUP BY step.at ORDER BY step.at
"""

_SUMS = """
SELECT coalesce(sum(placed), 0), coalesce(sum(confirmed), 0), coalesce(sum(cancelled), 0),
       coalesce(sum(failures), 0), max(median), max(p95)
FROM config_minute WHERE at >= now() - make_interval(secs => %(back)s + %(length)s)
    AND at < now() - make_interval(secs => %(back)s)
"""

PLACED, CONFIRMED, CANCELLED, FAILURES, MEDIAN, P95, OWED, DEAD, BEFORE = range(1, 10)
"""The columns of a point."""

SHOWN: Final = {
    "Orders per {}": {
        "placed": PLACED,
        "placed, a day before": BEFORE,
        "confirmed": CONFIRMED,
        "cancelled": CANCELLED,
    },
    "Failed attempts per {}": {"failed attempts": FAILURES},
    "Seconds from accepted to final, slowest minute": {"half of them": MEDIAN, "95 of 100": P95},
    "Owed at the end of a minute, most": {"conversations owed": OWED, "dead letters": DEAD},
}
"""By chart, its lines and their columns."""


def charts(span: Span) -> list[dict[str, str]]:
    """Return the charts of the first page."""
    points = _points(span)
    times = [point[0].isoformat() for point in points]
    return [
        chart(
            title.format(span.per),
            times,
            {name: [_plain(point[at]) for point in points] for name, at in columns.items()},
        )
        for title, columns in SHOWN.items()
    ]


def sums() -> list[list[Any]]:
    """Return what the last hour and day add up to, and the same an hour or day before.

    A row per stretch of time: its name, then orders placed, confirmed and cancelled, failed
    attempts, and the median and 95th percentile of the slowest minute, in seconds or empty.
    """
    stretches = (
        ("Last hour", 0, HOUR),
        ("The same hour yesterday", DAY, HOUR),
        ("Last 24 hours", 0, DAY),
        ("The 24 hours before", DAY, DAY),
    )
    return [[name, *_sum(back, length)] for name, back, length in stretches]


def _sum(back: int, length: int) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"back": back, "length": length})
        row: Sequence[Any] = cursor.fetchone()
        return row


def _points(span: Span) -> list[tuple[datetime, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, {"length": span.length, "step": span.step})
        return list(cursor.fetchall())


def chart(
    title: str, times: Sequence[str], lines: Mapping[str, Sequence[float | None]]
) -> dict[str, str]:
    """Return a chart for the template: its title, its data as JSON, and a summary in words."""
    data = {
        "times": times,
        "lines": [{"name": name, "values": values} for name, values in lines.items()],
    }
    summary = "; ".join(f"{name} {_summary(values)}" for name, values in lines.items())
    return {"title": title, "data": json.dumps(data), "summary": summary}


def _summary(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{known[-1]:g} now, at most {max(known):g}" if known else "not noted"


def _plain(value: Any) -> float | None:
    return None if value is None else round(float(value), 3)
