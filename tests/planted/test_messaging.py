"""Messaging with bugs put in: the test of the rule that each breaks has to fail."""

import inspect
import random
from collections.abc import Callable, Collection, Sequence
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from outbox import messages, publishing, retention, tasks
from outbox.delivery import (
    apart,
    applying,
    claim_statements,
    claims,
    failing,
    folding,
    groups,
    lanes,
    relay,
    turn,
    work,
)
from outbox.delivery.applying import _Applying
from outbox.delivery.batch import deliver_batch
from outbox.delivery.calls import Calls
from outbox.delivery.claims import Claimed, ClaimedLane
from outbox.delivery.lanes import Held
from outbox.delivery.turn import TurnResult, take_turn
from outbox.delivery.work import Work
from outbox.log import append
from outbox.models import Lane, Message
from outbox.operations import status
from outbox.registry import Receiver, SubscriberGroup
from outbox.retry import Failure, Retry
from tests.faults.processes import wait_until
from tests.outbox import (
    test_beat,
    test_callers,
    test_claims,
    test_delivery,
    test_deployments,
    test_following,
    test_groups,
    test_lanes,
    test_publishing,
    test_redrive,
    test_retention,
    test_retry,
)
from tests.outbox.conftest import Ear, Listen

pytestmark = pytest.mark.usefixtures("transactional_db")

Plant = Callable[[pytest.MonkeyPatch], None]


def statement(module: ModuleType, name: str, right: str, wrong: str) -> Plant:
    """Put a bug into a statement."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        text = getattr(module, name)
        assert right in text
        patch.setattr(module, name, text.replace(right, wrong))

    return plant


def claiming_statement(right: str, wrong: str, *names: str) -> Plant:
    """Put a bug into statements that claim, or into all of them."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for name in names or ("CLAIM_INSIDE", "CLAIM_OUTSIDE", "CLAIM_SUSPECT"):
            text = getattr(claim_statements, name)
            assert right in text
            patch.setattr(claims, name, text.replace(right, wrong))

    return plant


def marked_before_it_is_handled(patch: pytest.MonkeyPatch) -> None:
    claim = claims.claim

    def claim_and_mark(receiver: Receiver, most: int) -> Claimed:
        claimed = claim(receiver, most)
        Lane.objects.filter(pk__in=[each.id for each in claimed.lanes]).update(next=F("next") + 1)
        return claimed

    patch.setattr(claims, "claim", claim_and_mark)


def inbox_after_the_effect(patch: pytest.MonkeyPatch) -> None:
    def take_both_halves(
        receiver: Receiver, works: Sequence[Work], *, tokens: Collection[UUID] = (), **_: Any
    ) -> TurnResult:
        assert not isinstance(receiver, SubscriberGroup)
        with transaction.atomic():
            turn._apply(receiver, works)  # noqa: SLF001 - half of a turn is the bug
        with transaction.atomic():
            held = lanes.hold(receiver, [each.lane for each in works], tokens)
            lanes.end_unlocked([turn._settled(each) for each in works], tokens)  # noqa: SLF001 - likewise
        return TurnResult(lost=len(works) - len(held.length))

    patch.setattr(applying, "take_turn", take_both_halves)


def inbox_in_another_transaction(patch: pytest.MonkeyPatch) -> None:
    """Mark what was handled as soon as the effect has committed."""
    for name in ("end_locked", "end_unlocked"):
        end = getattr(lanes, name)

        def end_later(*values: Any, end: Callable[..., Any] = end) -> int:
            transaction.on_commit(partial(end, *values))
            return 0

        patch.setattr(lanes, name, end_later)


def no_fencing(patch: pytest.MonkeyPatch) -> None:
    def hold(_: Receiver, claimed: Sequence[ClaimedLane], __: Collection[UUID]) -> Held:
        return Held({each.id: each.length for each in claimed}, None)

    patch.setattr(lanes, "hold", hold)


def the_applications_clock_in_a_claim(patch: pytest.MonkeyPatch) -> None:
    claim = claims._claim  # noqa: SLF001 - where the statement is run

    def claim_by_our_clock(query: str, *values: Any) -> Any:
        ours = f"timestamptz '{timezone.now().isoformat()}'"
        return claim(query.replace("clock_timestamp()", ours), *values)

    patch.setattr(claims, "_claim", claim_by_our_clock)


def a_claim_that_goes_with_the_first_of_what_it_holds(patch: pytest.MonkeyPatch) -> None:
    divide = _Applying._divide  # noqa: SLF001 - where a batch falls into parts

    def let_go_and_divide(self: _Applying, works: Sequence[Work], error: Exception) -> None:
        claims.release({each.token for each in works})
        divide(self, works, error)

    patch.setattr(_Applying, "_divide", let_go_and_divide)


def a_cursor_instead_of_claims(patch: pytest.MonkeyPatch) -> None:
    claim, reached = claims._claim, [0]  # noqa: SLF001 - where the statement is run

    def claim_beyond(query: str, *values: Any) -> Any:
        right = "NOT l.stopped AND"
        token, rows = claim(query.replace(right, f"{right} l.id > {reached[0]} AND"), *values)
        reached[0] = max([reached[0], *(row[0] for row in rows)])
        return token, rows

    patch.setattr(claims, "_claim", claim_beyond)


def one_failure_fails_the_batch(patch: pytest.MonkeyPatch) -> None:
    def give_up(self: _Applying, works: Sequence[Work], error: Exception) -> None:
        for each in works:
            self._fail(each, error)

    patch.setattr(_Applying, "_divide", give_up)


def one_member_fails_the_group(patch: pytest.MonkeyPatch) -> None:
    class Nobody(Exception):
        """What nobody catches by name."""

        def __init__(self, _: str) -> None:
            super().__init__()

    patch.setattr(groups, "MemberFailed", Nobody)


def who_is_apart_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(apart, "apart", lambda *_: set())


def a_lane_stays_although_a_turn_has_folded_it(patch: pytest.MonkeyPatch) -> None:
    fold = folding.fold

    def fold_and_leave(*values: Any) -> Any:
        handled, _ = fold(*values)
        return handled, []

    patch.setattr(turn, "fold", fold_and_leave)


def folding_fails_the_turn(patch: pytest.MonkeyPatch) -> None:
    class Nothing(Exception):
        """What nobody raises."""

    patch.setattr(folding, "Exception", Nothing, raising=False)


def status_knows_the_subscribers_of_this_code_only(patch: pytest.MonkeyPatch) -> None:
    right = "FULL JOIN lane USING"
    text = status._STATUS  # noqa: SLF001 - the statement is what is wrong
    assert right in text
    patch.setattr(status, "_STATUS", text.replace(right, "LEFT JOIN lane USING"))


def a_worker_waits_for_its_calls(patch: pytest.MonkeyPatch) -> None:
    deliver_to = relay.deliver_to
    patch.setattr(
        tasks, "deliver_to", lambda names, **options: deliver_to(names, **options | {"aside": None})
    )
    patch.setattr(test_callers, "PATIENCE", 0.2)
    patch.setattr(test_callers, "wait_until", partial(wait_until, seconds=1))


def a_claim_is_not_renewed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims, "renew", lambda _: None)


def answers_are_forgotten_before_they_are_committed(patch: pytest.MonkeyPatch) -> None:
    commit = Calls._commit  # noqa: SLF001 - where what came of calls is committed

    def forget_and_commit(self: Calls, ended: Collection[Any]) -> TurnResult:
        try:
            return commit(self, ended)
        except DatabaseError:
            for call in ended:
                del self.under_way[call]
            raise

    patch.setattr(Calls, "_commit", forget_and_commit)


def a_claim_goes_whoever_bears_it(patch: pytest.MonkeyPatch) -> None:
    right, wrong = "l.claim = c.token", "false"
    for module, name in ((claims, "RELEASE"), (lanes, "_END_LOCKED"), (lanes, "_END_UNLOCKED")):
        statement(module, name, right, wrong)(patch)


def what_came_later_is_overlooked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lanes, "owed_beyond", lambda *_: set())


def a_turn_for_each_tick(patch: pytest.MonkeyPatch) -> None:

    def deliver_and_leave(receiver: Receiver) -> TurnResult:
        taken = deliver_batch(receiver)
        taken.owed_to.discard(receiver.name)
        return taken

    patch.setattr(relay, "deliver_batch", deliver_and_leave)


def outside_the_atomic_block(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "connection", SimpleNamespace(in_atomic_block=True))


def the_bell_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(transaction, "on_commit", lambda ring: ring())


def no_jitter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Retry, "delay", lambda self, tries: min(self.cap, self.base * 2**tries))


def no_cap(patch: pytest.MonkeyPatch) -> None:
    def delay(self: Retry, tries: int) -> float:
        return random.uniform(0, self.base * 2 ** min(tries - 1, 30))

    patch.setattr(Retry, "delay", delay)


def no_relay(patch: pytest.MonkeyPatch) -> None:
    patch.delitem(settings.CELERY_BEAT_SCHEDULE, "relay")


def no_sweeper(patch: pytest.MonkeyPatch) -> None:
    patch.delitem(settings.CELERY_BEAT_SCHEDULE, "sweep")


def the_log_says_what_was_handled(patch: pytest.MonkeyPatch) -> None:
    def take_and_note(receiver: Receiver, works: Sequence[Work], **options: Any) -> TurnResult:
        taken = take_turn(receiver, works, **options)
        for each in works:
            handled = Message.objects.filter(correlation_id=each.lane.conversation)
            handled.update(causation_id=each.token)
        return taken

    patch.setattr(applying, "take_turn", take_and_note)


def a_failure_without_its_traceback(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Failure, "of", lambda error, **_: Failure(f"{type(error).__name__}: {error}"))


def any_version_will_do(patch: pytest.MonkeyPatch) -> None:
    def decode(name: str, _: int, payload: str) -> messages.Contract:
        contract = messages.type_of[name]
        return messages.decode(name, contract.version, payload)

    patch.setattr(work, "decode", decode)


def a_card_in_the_log(patch: pytest.MonkeyPatch) -> None:
    fields = ("order_id", "card_number")
    charged = SimpleNamespace(__module__="payments.events", __struct_fields__=fields)
    patch.setitem(messages.type_of, "CardCharged", charged)


FIRST = "m.sequence >= due.next"
PASSES_OVER_WHAT_FAILED = claiming_statement(
    FIRST,
    f"{FIRST} + (SELECT (l.message_type <> '')::int FROM outbox_lane l WHERE l.id = due.id)",  # noqa: S608 - our own text
    "CLAIM_INSIDE",
)

BUGS: dict[str, tuple[Plant, Callable[..., None]]] = {
    "M1: an event outside the atomic block": (
        outside_the_atomic_block,
        test_publishing.test_publishing_outside_a_transaction_is_an_error,
    ),
    "M2: the log is written to twice": (
        the_log_says_what_was_handled,
        test_publishing.test_the_log_is_only_added_to,
    ),
    "M3: marked before it is handled": (
        marked_before_it_is_handled,
        test_delivery.test_used_up_attempts_make_a_dead_letter,
    ),
    "M3: the inbox after the effect": (
        inbox_after_the_effect,
        partial(test_claims.test_a_worker_that_has_lost_its_claim_commits_nothing, publishes=False),
    ),
    "M3: the inbox in another transaction": (
        inbox_in_another_transaction,
        partial(
            test_claims.test_what_is_committed_is_not_handled_again_when_its_worker_dies_at_that_moment,
            publishes=False,
        ),
    ),
    "M3: no fencing": (
        no_fencing,
        partial(test_claims.test_a_worker_that_has_lost_its_claim_commits_nothing, publishes=True),
    ),
    "M3: no fencing of what has to be tried again": (
        no_fencing,
        test_claims.test_a_worker_that_has_lost_its_claim_does_not_even_commit_that_it_has_to_try_again,
    ),
    "M3: no fencing of a failure": (
        statement(failing, "_FAIL", "AND next = %(next)s ", ""),
        test_claims.test_a_worker_whose_message_others_have_handled_records_no_failure,
    ),
    "M3: no fencing of a call that failed": (
        statement(failing, "_FAIL", "AND claim IS NOT DISTINCT FROM %(token)s::uuid", ""),
        test_claims.test_a_worker_whose_call_others_have_taken_over_records_no_failure,
    ),
    "M4: the relay is off": (
        no_relay,
        test_beat.test_without_a_single_bell_beat_brings_an_order_to_its_end,
    ),
    "M4: the sweeper is off": (no_sweeper, test_beat.test_beat_looks_every_second),
    "M5: delivery order not kept": (
        PASSES_OVER_WHAT_FAILED,
        test_following.test_a_redriven_dead_letter_goes_first_and_the_rest_follow,
    ),
    "M5: what failed when its worker had died is passed over": (
        PASSES_OVER_WHAT_FAILED,
        partial(
            test_lanes.test_a_message_that_fails_when_its_worker_was_killed_before_goes_first_all_the_same,
            publishes=False,
        ),
    ),
    "M5: what was refused is passed over": (
        PASSES_OVER_WHAT_FAILED,
        partial(
            test_lanes.test_a_message_that_this_code_refuses_waits_for_the_one_before_it_and_holds_up_those_behind,
            publishes=False,
        ),
    ),
    "M5: what failed when its worker died is passed over": (
        PASSES_OVER_WHAT_FAILED,
        partial(
            test_lanes.test_a_worker_that_dies_when_it_has_recorded_a_failure_leaves_the_order_as_it_is,
            publishes=False,
        ),
    ),
    "M5: one poison message blocks all": (
        one_failure_fails_the_batch,
        test_delivery.test_a_failure_leaves_no_effect_and_does_not_spoil_its_neighbours,
    ),
    "M5: one read model that fails blocks the others": (
        one_member_fails_the_group,
        test_groups.test_a_member_that_fails_holds_up_no_other,
    ),
    "M5: a read model that fails fails the turn in which it is handed its messages": (
        folding_fails_the_turn,
        test_groups.test_a_member_that_fails_in_the_turn_of_another_holds_up_neither,
    ),
    "M3: what a turn has folded is owed again": (
        a_lane_stays_although_a_turn_has_folded_it,
        test_groups.test_a_group_takes_in_what_a_turn_publishes_in_the_same_transaction,
    ),
    "M5: a read model that was set aside is handed what comes behind": (
        who_is_apart_is_forgotten,
        test_groups.test_who_was_set_aside_hears_all_in_order_and_comes_back,
    ),
    "M6: a cursor instead of claims": (
        a_cursor_instead_of_claims,
        test_publishing.test_a_transaction_that_began_early_and_commits_late_is_still_delivered,
    ),
    "M6: a lane ends although its length has changed": (
        statement(
            lanes,
            "_END_UNLOCKED",
            "AND c.sequence = (SELECT h.length FROM h WHERE h.conversation = c.id)",
            "",
        ),
        partial(
            test_lanes.test_a_lane_stays_for_a_message_that_came_after_it_was_claimed,
            publishes=False,
        ),
    ),
    "M6: a lane ends although a message is not visible yet": (
        statement(lanes, "_END_UNLOCKED", "FOR SHARE OF c SKIP LOCKED", ""),
        partial(
            test_lanes.test_a_lane_stays_for_a_message_that_is_not_visible_yet_when_it_would_end,
            publishes=False,
        ),
    ),
    "M6: what came before the conversation was locked is overlooked": (
        what_came_later_is_overlooked,
        partial(
            test_lanes.test_a_lane_stays_for_a_message_that_came_after_it_was_claimed,
            publishes=True,
        ),
    ),
    "M3: a late answer spoils its neighbours": (
        no_fencing,
        test_callers.test_an_answer_that_comes_after_its_claim_was_lost_spoils_no_other,
    ),
    "M7: a worker waits for its calls": (
        a_worker_waits_for_its_calls,
        test_callers.test_a_call_that_takes_long_holds_up_nobody_else,
    ),
    "M7: a publisher waits for the turn of a reader": (
        statement(
            append,
            "_APPEND",
            "(correlation_id, subscriber) DO NOTHING",
            "(correlation_id, subscriber) DO UPDATE SET since = outbox_lane.since",
        ),
        test_lanes.test_nobody_who_publishes_waits_for_the_turn_of_a_reader_that_is_paused,
    ),
    "M7: what is claimed is claimed again": (
        claiming_statement("AND l.id <> ALL (ARRAY(", "AND 0 <> ALL (ARRAY(", "CLAIM_INSIDE"),
        partial(test_claims.test_what_somebody_holds_is_left_alone, kind="receive"),
    ),
    "M7: what is called is claimed again": (
        claiming_statement(" AND l.claim IS NULL", "", "CLAIM_OUTSIDE"),
        partial(test_claims.test_what_somebody_holds_is_left_alone, kind="call"),
    ),
    "M7: a claim that goes with the first of what it holds": (
        a_claim_that_goes_with_the_first_of_what_it_holds,
        test_claims.test_a_worker_that_dies_in_the_middle_of_a_batch_leaves_what_is_left_to_be_tried_alone,
    ),
    "M7: claims are swept whether they hold something or not": (
        claiming_statement("array_remove(c.lanes, due.id)", "'{}'", "CLAIM_SUSPECT"),
        test_claims.test_what_a_vanished_worker_held_is_handled_again_each_alone,
    ),
    "M7: a call that outlasts its lease is taken for a vanished one": (
        a_claim_is_not_renewed,
        test_callers.test_a_call_that_outlasts_its_lease_is_made_once_and_concluded,
    ),
    "M7: answers are forgotten before they are committed": (
        answers_are_forgotten_before_they_are_committed,
        test_callers.test_what_cannot_be_committed_now_is_committed_once_the_database_is_back,
    ),
    "M7: a claim goes although a lane bears it": (
        a_claim_goes_whoever_bears_it,
        test_callers.test_a_claim_that_a_lane_still_bears_is_not_given_up,
    ),
    "M7: a long conversation waits for a tick after each turn": (
        a_turn_for_each_tick,
        partial(
            test_lanes.test_a_long_conversation_is_handled_in_one_go_many_messages_a_turn,
            publishes=False,
        ),
    ),
    "M7: the application's clock in a lease": (
        the_applications_clock_in_a_claim,
        test_claims.test_the_databases_clock_decides_how_long_a_claim_lives,
    ),
    "M8: a bell for what may be rolled back": (
        the_bell_before_the_commit,
        test_publishing.test_a_commit_rings_the_bell_and_a_rollback_does_not,
    ),
    "M9: retry without jitter": (no_jitter, test_retry.test_delays_of_the_same_try_differ),
    "M9: retry without a cap": (
        no_cap,
        test_retry.test_a_delay_is_never_negative_nor_above_the_cap,
    ),
    "M9: a failure without its traceback": (
        a_failure_without_its_traceback,
        test_delivery.test_a_failure_is_written_down_and_tried_again_later,
    ),
    "M10: a version is not looked at": (
        any_version_will_do,
        test_deployments.test_a_newer_version_is_not_taken_for_ours,
    ),
    "M11: purge deletes owed rows": (
        statement(
            retention,
            "_REMOVE",
            "AND (SELECT count(*) FROM outbox_lane l WHERE l.correlation_id = c.id) = 0",
            "",
        ),
        test_retention.test_what_is_owed_or_dead_keeps_its_conversation,
    ),
    "M11: what is owed to a subscriber that is gone is shown nowhere": (
        status_knows_the_subscribers_of_this_code_only,
        test_redrive.test_a_subscriber_that_is_gone_is_removed_with_a_reason,
    ),
    "M12: a card in the log": (
        a_card_in_the_log,
        test_publishing.test_no_message_has_a_field_for_a_secret,
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(
    bug: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    plant, test_of_the_rule = BUGS[bug]
    given = test_of_the_rule.keywords if isinstance(test_of_the_rule, partial) else {}
    wanted = inspect.signature(test_of_the_rule).parameters.keys() - given.keys()
    fixtures = {name: request.getfixturevalue(name) for name in sorted(wanted)}
    for name in marks_of(test_of_the_rule) - fixtures.keys():
        request.getfixturevalue(name)
    plant(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_of_the_rule(**fixtures)


def marks_of(test: Callable[..., None]) -> set[str]:
    """Name the fixtures that a test asks for without being handed them."""
    marks = getattr(test.func if isinstance(test, partial) else test, "pytestmark", [])
    return {name for mark in marks if mark.name == "usefixtures" for name in mark.args}


@pytest.mark.parametrize("text", ["no\0thing", "no \udc80 line"], ids=["NUL", "lone surrogate"])
def test_an_error_text_that_is_stored_as_it_is_raises_where_the_failure_is_recorded(
    ear: Ear, listen: Listen, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    rule = test_delivery.test_an_error_that_no_text_column_takes_is_written_down_all_the_same
    monkeypatch.setattr(failing, "fit", lambda text, longest: text[:longest])
    with pytest.raises((DatabaseError, UnicodeEncodeError)):
        rule(listen, ear, text)
