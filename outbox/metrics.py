"""Figures of messaging: what each subscriber is owed, workers, and late daily work."""

from collections.abc import Callable, Iterator

from outbox.doorbell.heartbeats import workers
from outbox.kit.daily import late_seconds
from outbox.kit.figures import Figure, Labels, number
from outbox.operations.status import SubscriberStatus, status

_FIGURES: list[tuple[str, str, Callable[[SubscriberStatus], float]]] = [
    ("outbox_owed", "Conversations in which something is owed", lambda s: s.owed),
    (
        "outbox_retrying",
        "Those whose first message has failed and is retried later",
        lambda s: s.retrying,
    ),
    (
        "outbox_oldest_owed_seconds",
        "How long the oldest of them has been due",
        lambda s: s.oldest_seconds,
    ),
    ("outbox_dead_letters", "Dead letters", lambda s: s.dead),
    (
        "outbox_messages_per_minute",
        "Messages published for it in the last minute",
        lambda s: s.messages_per_minute,
    ),
]


def figures() -> Iterator[Figure]:
    """Yield the figures of daily work, workers and subscribers."""
    yield Figure(
        "outbox_daily_work_late_seconds",
        "How long daily work has been due",
        {(name,): seconds for name, seconds in late_seconds().items()},
        labels=("work",),
    )
    yield number("outbox_workers", "Workers with a heartbeat in the last minute", len(workers()))
    standings = status()
    for name, what, value in _FIGURES:
        values: dict[Labels, float] = {
            (standing.subscriber,): value(standing) for standing in standings
        }
        yield Figure(name, what, values, labels=("subscriber",))
