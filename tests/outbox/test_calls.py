"""Calls outside run outside transactions and are retried until answered."""

import time
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from outbox.messages import Envelope
from outbox.models import FailedAttempt
from outbox.registry import Unfinished
from outbox.retry import Permanent, TryLater
from tests.outbox.conftest import (
    HANDLED,
    OWED,
    Listen,
    Trouble,
    deliver,
    deliver_until_nothing_moves,
    lane,
    ring,
    statuses,
)


class Outside:
    """A call outside that gives the test's answers one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.called: list[int] = []
        self.concluded: list[list[Any]] = []

    def call(self, envelope: Envelope[Any]) -> Any:
        assert not connection.in_atomic_block
        self.called.append(envelope.sequence)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def conclude(
        self, envelopes: Sequence[Envelope[Any]], results: Sequence[Any]
    ) -> list[Unfinished]:
        self.concluded.append(list(results))
        pairs = list(zip(envelopes, results, strict=True))
        unanswered = [Unfinished(envelope, "no answer") for envelope, r in pairs if r is None]
        told = [Unfinished(e, "wait", after=r) for e, r in pairs if isinstance(r, int)]
        postponed = [Unfinished(e, "", r, tried=False) for e, r in pairs if isinstance(r, float)]
        return [*unanswered, *told, *postponed]


def test_a_call_outside_that_gets_no_answer_is_made_again(listen: Listen) -> None:
    outside = Outside(None, None, "yes")
    listen(call=outside.call, conclude=outside.conclude)
    ring()
    deliver_until_nothing_moves()
    assert outside.concluded == [[None], [None], ["yes"]]
    assert statuses() == [HANDLED]
    tries = FailedAttempt.objects.order_by("attempt").values_list("attempt", "error")
    assert list(tries) == [(1, "no answer"), (2, "no answer")]


def test_an_error_of_a_call_stands_in_place_of_its_result(listen: Listen) -> None:
    trouble = Trouble("no line")
    outside = Outside(trouble)
    listen(call=outside.call, conclude=outside.conclude)
    ring()
    deliver()
    assert outside.concluded == [[trouble]]
    assert statuses() == [HANDLED]


def test_a_call_is_made_only_once_the_one_before_it_is_concluded(listen: Listen) -> None:
    outside = Outside(None, "first", "second")
    listen(call=outside.call, conclude=outside.conclude)
    conversation = ring()
    ring(conversation)
    deliver_until_nothing_moves()
    assert outside.called == [1, 1, 2]


def seconds_until_due() -> float:
    return (lane().due_at - timezone.now()).total_seconds()


def test_who_is_told_to_wait_waits_at_least_that_long(listen: Listen) -> None:
    outside = Outside(300)
    listen(call=outside.call, conclude=outside.conclude)
    ring()
    deliver()
    assert lane().attempts == 1
    assert seconds_until_due() > 290


def test_a_try_that_was_not_made_is_not_counted(listen: Listen) -> None:
    outside = Outside(300.0, "yes")
    listen(call=outside.call, conclude=outside.conclude)
    ring()
    deliver()
    assert statuses() == [OWED]
    assert (lane().attempts, lane().claim) == (0, None)
    assert seconds_until_due() > 290
    deliver_until_nothing_moves()
    assert statuses() == [HANDLED]


def test_a_call_whose_results_nobody_concludes_is_made_again_where_it_raised(
    listen: Listen,
) -> None:
    outside = Outside(Trouble("no line"), "yes")
    listen(call=outside.call)
    ring()
    deliver_until_nothing_moves()
    assert statuses() == [HANDLED]
    failed = FailedAttempt.objects.get()
    assert (failed.attempt, failed.error, failed.error_type) == (1, "Trouble: no line", "Trouble")


def test_an_error_of_a_call_is_kept_with_its_traceback(listen: Listen) -> None:
    listen(call=Outside(Trouble("no line")).call)
    ring()
    deliver()
    assert "raise answer" in lane().traceback


def test_a_call_that_fails_for_good_is_a_dead_letter_at_once(listen: Listen) -> None:
    listen(call=Outside(Permanent("wrong number")).call)
    ring()
    deliver()
    assert (lane().stopped, lane().attempts) == (True, 1)
    assert lane().error == "Permanent: wrong number"


def test_a_call_may_raise_how_long_to_wait(listen: Listen) -> None:
    listen(call=Outside(TryLater("engaged", after=300)).call)
    ring()
    deliver()
    assert seconds_until_due() > 290


def test_a_call_leaves_no_connection_to_the_database_behind(listen: Listen) -> None:
    opened = []

    def call(_: Envelope[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            opened.append(cursor.fetchone()[0])

    listen(call=call)
    ring()
    deliver()
    until = time.monotonic() + 5
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [opened])
            if cursor.fetchone() == (0,):
                break
            time.sleep(0.01)  # the server takes a moment to end a session
        else:
            raise AssertionError("the session of the call is still there")
    assert len(opened) == 1
