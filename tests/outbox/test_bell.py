"""A process rings soon after a message, and less often under constant load."""

from outbox.doorbell.bell import LONGEST_PAUSE, SHORTEST_PAUSE, next_pause


def pause_at(rate: float, *, before: float = SHORTEST_PAUSE) -> float:
    """Return the pause that results from so many messages per second."""
    pause = before
    for _ in range(20):
        pause = next_pause(pause, round(rate * pause))
    return pause


def test_messages_at_an_easy_pace_are_requested_at_once() -> None:
    assert pause_at(20) == SHORTEST_PAUSE
    assert pause_at(20, before=LONGEST_PAUSE) == SHORTEST_PAUSE


def test_where_messages_never_end_bells_are_rare() -> None:
    assert pause_at(1000) == LONGEST_PAUSE
