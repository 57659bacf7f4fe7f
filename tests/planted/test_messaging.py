"""Messaging with bugs put in: the test of the rule that each breaks has to fail."""

import inspect
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from outbox import (
    applying,
    claims,
    decoding,
    leases,
    messages,
    publishing,
    relay,
    retention,
    tasks,
    turn,
)
from outbox.applying import _Applying
from outbox.claims import Claim, Owed
from outbox.models import Message
from outbox.registry import Subscriber
from outbox.retry import Failure, Retry
from outbox.turn import Item
from tests.faults.processes import wait_until
from tests.outbox import (
    test_beat,
    test_callers,
    test_claims,
    test_delivery,
    test_deployments,
    test_following,
    test_leases,
    test_publishing,
    test_retention,
    test_retry,
)

pytestmark = pytest.mark.usefixtures("transactional_db")

Plant = Callable[[pytest.MonkeyPatch], None]


def statement(name: str, right: str, wrong: str) -> Plant:
    """Put a bug into a statement of ``claims``."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        text = getattr(claims, name)
        assert right in text
        patch.setattr(claims, name, text.replace(right, wrong))

    return plant


def marked_before_it_is_handled(patch: pytest.MonkeyPatch) -> None:
    claim = claims.claim

    def claim_and_mark(subscriber: Subscriber, conversations: int) -> Claim:
        claimed = claim(subscriber, conversations)
        claims.settle(claimed.owed)
        return claimed

    patch.setattr(claims, "claim", claim_and_mark)


def inbox_after_the_effect(patch: pytest.MonkeyPatch) -> None:
    def take_turn(
        subscriber: Subscriber,
        items: Sequence[Item],
        *,
        follow_up: bool,  # noqa: ARG001 - the signature of a turn
    ) -> set[str]:
        with transaction.atomic():
            turn._apply(subscriber, items)  # noqa: SLF001 - half of a turn is the bug
        with transaction.atomic():
            claims.settle([item.owed for item in items])
        return set()

    patch.setattr(applying, "take_turn", take_turn)


def inbox_in_another_transaction(patch: pytest.MonkeyPatch) -> None:
    settle = claims.settle

    def settle_elsewhere(owed: Sequence[Owed]) -> None:
        def run() -> None:
            try:
                settle(owed)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(run).result()

    patch.setattr(claims, "settle", settle_elsewhere)


def the_applications_clock_in_a_lease(patch: pytest.MonkeyPatch) -> None:
    claim = claims._claim  # noqa: SLF001 - where the statement is run

    def claim_by_our_clock(query: str, subscriber: Subscriber, conversations: int) -> Claim:
        ours = f"timestamptz '{timezone.now().isoformat()}'"
        return claim(query.replace("clock_timestamp()", ours), subscriber, conversations)

    patch.setattr(claims, "_claim", claim_by_our_clock)


def leases_are_swept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(leases, "_FORGET", "DELETE FROM outbox_lease WHERE ends_at < now()")


def one_failure_fails_the_batch(patch: pytest.MonkeyPatch) -> None:
    def give_up(self: _Applying, items: Sequence[Item], error: Exception) -> None:
        for item in items:
            self._fail(item.owed, error)

    patch.setattr(_Applying, "_divide", give_up)


def a_worker_waits_for_its_calls(patch: pytest.MonkeyPatch) -> None:
    drain = relay.drain
    patch.setattr(
        tasks, "drain", lambda names, **options: drain(names, **options | {"aside": None})
    )
    patch.setattr(test_callers, "PATIENCE", 0.2)
    patch.setattr(test_callers, "wait_until", partial(wait_until, seconds=1))


def late_answers_are_committed_with_others(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims, "still_held", lambda owed: {each.delivery for each in owed})


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
    settle = claims.settle

    def settle_and_note(owed: Sequence[Owed]) -> None:
        settle(owed)
        for each in owed:
            Message.objects.filter(id=each.message).update(causation_id=each.claim)

    patch.setattr(claims, "settle", settle_and_note)


def a_failure_without_its_traceback(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Failure, "of", lambda error, **_: Failure(f"{type(error).__name__}: {error}"))


def any_version_will_do(patch: pytest.MonkeyPatch) -> None:
    def decode(name: str, _: int, payload: str) -> messages.Contract:
        contract = messages.type_of[name]
        return messages.decode(name, contract.version, payload)

    patch.setattr(decoding, "decode", decode)


def what_is_owed_is_purged(patch: pytest.MonkeyPatch) -> None:
    right = retention._REMOVALS["delivery"]  # noqa: SLF001 - the statement is what is wrong
    wrong = right.replace("'infinity'", "'-infinity'")
    patch.setitem(retention._REMOVALS, "delivery", wrong)  # noqa: SLF001 - likewise


def a_card_in_the_log(patch: pytest.MonkeyPatch) -> None:
    fields = ("order_id", "card_number")
    charged = SimpleNamespace(__module__="payments.events", __struct_fields__=fields)
    patch.setitem(messages.type_of, "CardCharged", charged)


NOT_THE_HEAD = "d.sequence >= ("
PASSED_BY_THE_LAST_DONE = """d.due_at <= now() AND d.id > (
    SELECT coalesce(max(x.id), 0) FROM outbox_delivery x
    WHERE x.subscriber = %(subscriber)s AND x.status = 'done')"""

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
        test_delivery.test_a_failure_is_written_down_and_tried_again_later,
    ),
    "M3: the inbox after the effect": (
        inbox_after_the_effect,
        test_claims.test_a_worker_that_has_lost_its_claim_commits_nothing,
    ),
    "M3: the inbox in another transaction": (
        inbox_in_another_transaction,
        test_claims.test_a_commit_that_fails_leaves_its_deliveries_owed,
    ),
    "M3: no fencing": (
        statement("_SETTLE", " AND claim = ANY(%(claims)s)", ""),
        test_claims.test_a_worker_that_has_lost_its_claim_commits_nothing,
    ),
    "M3: no fencing of what has to be tried again": (
        statement("_FAIL", " AND claim = %(claim)s", ""),
        test_claims.test_a_worker_that_has_lost_its_claim_does_not_even_commit_that_it_has_to_try_again,
    ),
    "M4: the relay is off": (
        no_relay,
        test_beat.test_without_a_single_bell_beat_brings_an_order_to_its_end,
    ),
    "M4: the sweeper is off": (no_sweeper, test_beat.test_beat_looks_every_second),
    "M5: delivery order not kept": (
        statement("CLAIM_OWED", "d.sequence <= (", NOT_THE_HEAD),
        test_following.test_a_redriven_dead_letter_goes_first_and_the_rest_follow,
    ),
    "M5: one poison message blocks all": (
        one_failure_fails_the_batch,
        test_delivery.test_a_failure_leaves_no_effect_and_does_not_spoil_its_neighbours,
    ),
    "M6: a cursor instead of claims": (
        statement("CLAIM_OWED", "d.due_at <= now()", PASSED_BY_THE_LAST_DONE),
        test_publishing.test_a_transaction_that_began_early_and_commits_late_is_still_delivered,
    ),
    "M3: a late answer spoils its neighbours": (
        late_answers_are_committed_with_others,
        test_callers.test_an_answer_that_comes_after_its_claim_was_lost_spoils_no_other,
    ),
    "M7: a worker waits for its calls": (
        a_worker_waits_for_its_calls,
        test_callers.test_a_call_that_takes_long_holds_up_nobody_else,
    ),
    "M7: what is claimed is claimed again": (
        statement("CLAIM_OWED", " AND d.claim IS NULL", ""),
        test_claims.test_what_somebody_holds_is_left_alone,
    ),
    "M7: a lease that goes with the first of what it holds": (
        statement("_SETTLE", " AND cardinality(l.deliveries) = settled.held", ""),
        test_leases.test_what_is_left_of_a_batch_is_held_until_the_lease_ends,
    ),
    "M7: leases are swept whether they hold something or not": (
        leases_are_swept,
        test_leases.test_what_is_left_of_a_batch_is_held_until_the_lease_ends,
    ),
    "M7: the application's clock in a lease": (
        the_applications_clock_in_a_lease,
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
        what_is_owed_is_purged,
        test_retention.test_what_is_owed_or_dead_keeps_its_conversation,
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
    wanted = inspect.signature(test_of_the_rule).parameters
    fixtures = {name: request.getfixturevalue(name) for name in wanted}
    plant(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_of_the_rule(**fixtures)
