"""The limits of calls to a gateway: closed while it is down, then opened step by step."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from payments.gateways import line
from payments.gateways.line import UNANSWERED_IN_A_ROW, GatewayLine, PutOff
from payments.gateways.port import Declined, Result, Succeeded, Unknown

DONE = Succeeded("ch_1", 500)
SILENCE = Unknown("no answer")


class Clock:
    """A clock that tests advance; a sleep advances it at once."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(line, "time", clock)
    monkeypatch.setattr(line, "SHORTEST_PAUSE", 2.0)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 60.0)
    return clock


def call(line: GatewayLine, result: Result) -> Result | PutOff:
    return line.call(lambda: result)


def close(line: GatewayLine) -> None:
    for _ in range(UNANSWERED_IN_A_ROW):
        assert call(line, SILENCE) == SILENCE


def test_a_line_closes_when_nobody_answers_and_makes_no_call_while_it_is_closed(
    clock: Clock,
) -> None:
    to = GatewayLine(calls_at_once=8)
    close(to)
    made: list[int] = []

    def make() -> Result:
        made.append(1)
        return DONE

    put_off = to.call(make)
    assert isinstance(put_off, PutOff)
    assert 2 <= put_off.after <= 4
    assert made == []
    clock.now += 2
    assert to.call(make) == DONE


def test_a_refusal_is_an_answer(clock: Clock) -> None:  # noqa: ARG001 - time stands still
    to = GatewayLine(calls_at_once=8)
    for _ in range(3 * UNANSWERED_IN_A_ROW):
        assert call(to, Declined("lost_card")) == Declined("lost_card")


def test_a_failed_probe_closes_it_for_twice_as_long(clock: Clock) -> None:
    to = GatewayLine(calls_at_once=8)
    close(to)
    pauses = []
    for _ in range(7):
        clock.now = to.closed_until
        assert call(to, SILENCE) == SILENCE
        pauses.append(to.closed_until - clock.now)
    assert pauses == [4, 8, 16, 32, 60, 60, 60]


def test_a_gateway_that_is_back_is_called_by_one_then_two_then_four(clock: Clock) -> None:
    to = GatewayLine(calls_at_once=8)
    close(to)
    clock.now = to.closed_until
    windows = []
    for _ in range(5):
        windows.append(to.window)
        call(to, DONE)
    assert windows == [1, 2, 4, 8, 8]


def test_who_asks_for_patience_gets_it(clock: Clock) -> None:
    to = GatewayLine(calls_at_once=8)
    call(to, Unknown("too many requests", retry_after=7))
    put_off = call(to, DONE)
    assert isinstance(put_off, PutOff)
    assert put_off.after >= 7
    clock.now += 7
    assert call(to, DONE) == DONE


def test_calls_are_spread_over_a_second(clock: Clock) -> None:
    to = GatewayLine(calls_at_once=8, calls_per_second=4)
    for _ in range(4):
        call(to, DONE)
    assert clock.slept == [0, 0.25, 0.25, 0.25]


def test_an_exception_of_a_call_passes_through_and_counts_as_no_answer(clock: Clock) -> None:
    to = GatewayLine(calls_at_once=8)

    def fail() -> Result:
        raise OSError("no route")

    for _ in range(UNANSWERED_IN_A_ROW):
        with pytest.raises(OSError, match="no route"):
            to.call(fail)
    assert to.closed_until > clock.now


def test_no_more_calls_are_under_way_than_allowed() -> None:
    to = GatewayLine(calls_at_once=3)
    peak: list[int] = []
    begun = threading.Barrier(3)

    def make() -> Result:
        peak.append(to.under_way)
        begun.wait(timeout=10)
        return DONE

    with ThreadPoolExecutor(9) as pool:
        results = list(pool.map(lambda _: to.call(make), range(9)))
    assert results == [DONE] * 9
    assert max(peak) == 3
