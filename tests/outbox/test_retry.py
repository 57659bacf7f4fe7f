"""Exponential backoff with full jitter: bounded, growing, never in step."""

from traceback import format_exception

import pytest
from django.utils.dateparse import parse_date
from hypothesis import given
from hypothesis import strategies as st

from outbox.retry import Failure, Retry, TryLater, UnknownHere

POLICY = Retry(attempts=5, base=0.5, cap=60)


@given(tries=st.integers(1, 10_000))
def test_a_delay_is_never_negative_nor_above_the_cap(tries: int) -> None:
    assert 0 <= POLICY.delay(tries) <= 60


@given(tries=st.integers(1, 7))
def test_a_delay_is_at_most_the_base_doubled_with_each_try(tries: int) -> None:
    assert POLICY.delay(tries) <= 0.5 * 2 ** (tries - 1)


def test_the_longest_wait_doubles_with_each_try_up_to_the_cap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    waits = [POLICY.delay(tries) for tries in (1, 2, 3, 4, 7, 8, 10_000)]
    assert waits == [0.5, 1, 2, 4, 32, 60, 60]


def test_delays_of_the_same_try_differ() -> None:
    assert len({POLICY.delay(6) for _ in range(20)}) > 1


def test_tries_are_used_up_at_the_limit() -> None:
    assert [POLICY.exhausted(tries) for tries in (4, 5, 6)] == [False, True, True]


def test_a_failure_says_after_which_time_the_other_side_wants_to_be_asked() -> None:
    failure = Failure.of(TryLater("too busy", after=7))
    assert (failure.error, failure.after) == ("TryLater: too busy", 7)
    assert Failure.of(ValueError("no such thing")).after == 0


def test_a_message_that_this_code_does_not_know_is_no_failure_of_its_own() -> None:
    assert Failure.of(UnknownHere("NoSuchEvent")).unknown
    assert not Failure.of(ValueError("no such thing")).unknown


def test_a_failure_has_the_traceback_that_python_prints() -> None:
    with pytest.raises(ValueError, match="month") as raised:
        parse_date("2026-99-99")
    assert Failure.of(raised.value).traceback == "".join(format_exception(raised.value))


def test_a_failure_inside_a_library_is_placed_where_we_called_it() -> None:
    with pytest.raises(ValueError, match="month") as raised:
        parse_date("2026-99-99")
    here = "test_a_failure_inside_a_library_is_placed_where_we_called_it"
    assert Failure.of(raised.value).place == f"tests/outbox/test_retry.py, in {here}"
