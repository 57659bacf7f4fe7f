"""Random operations of many orders: after each, the stock equals the model's."""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from uuid_utils.compat import uuid7

from inventory.commands import AwaitInventory, WantedLine
from inventory.models import Reservation, StockItem, StockRefused
from inventory.services import (
    await_goods,
    commit_for_orders,
    expire_holds,
    hold_for_orders,
    keep_while_payment_is_unknown,
    release_for_orders,
    reserve_for_orders,
    stock_taking,
    wake,
)
from outbox import conversations
from outbox.models import Conversation, Lane, Message
from tests.inventory import books
from tests.inventory.shelf import Shelf
from tests.inventory.test_stock import receive
from tests.threads import at_once

SKUS = ("A", "B", "C")
ORDERS = [uuid7() for _ in range(18)]
AT_ONCE, HELD_FIRST, PARTIAL = ORDERS[:6], ORDERS[6:12], ORDERS[12:]
"""Orders that reserve at once, that hold first and commit later, and that wait before they hold."""

orders = st.sampled_from(ORDERS)
CUSTOMER = uuid7()

some_orders = st.lists(orders, min_size=1, max_size=4, unique=True)
wishes = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 6), min_size=1)


def lines(wanted: Mapping[str, int]) -> list[WantedLine]:
    return [WantedLine(sku, units) for sku, units in wanted.items()]


class Inventory(RuleBasedStateMachine):
    """The real services beside the model; each run is one transaction that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.moment = timezone.now()
        self.run = transaction.atomic()
        self.run.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        for sku in SKUS:
            receive(sku, 10)
            self.shelf.change(sku, 10)

    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 8))
    def receive(self, sku: str, units: int) -> None:
        self.change(stock_taking.receive, sku, units, units)

    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 8))
    def write_off(self, sku: str, units: int) -> None:
        self.change(stock_taking.write_off, sku, units, -units)

    @rule(sku=st.sampled_from(SKUS), units=st.integers(-8, 8).filter(bool))
    def adjust(self, sku: str, units: int) -> None:
        self.change(stock_taking.adjust, sku, units, units)

    def change(self, act: Callable[..., StockItem], sku: str, units: int, change: int) -> None:
        try:
            act(sku=sku, units=units, reason="any", actor="hypothesis")
        except StockRefused:
            assert not self.shelf.change(sku, change)
        else:
            assert self.shelf.change(sku, change)

    @rule(order=st.sampled_from(AT_ONCE), wanted=wishes)
    def reserve(self, order: UUID, wanted: Mapping[str, int]) -> None:
        reserve_for_orders({order: lines(wanted)})
        self.compare_answers({order: self.shelf.reserve(order, wanted)})

    @rule(order=st.sampled_from(HELD_FIRST), wanted=wishes)
    def hold(self, order: UUID, wanted: Mapping[str, int]) -> None:
        hold_for_orders({order: lines(wanted)})
        self.compare_answers({order: self.shelf.hold(order, wanted)})

    @rule(order=st.sampled_from(PARTIAL), wanted=wishes)
    def begin_to_wait(self, order: UUID, wanted: Mapping[str, int]) -> None:
        self.moment += timedelta(seconds=1)
        await_goods([AwaitInventory(order, CUSTOMER, tuple(lines(wanted)), self.moment)])
        self.shelf.begin_to_wait(order, wanted)

    @rule()
    def wake(self) -> None:
        got = self.shelf.wake()
        assert wake() == len(got)
        for order, held in got.items():
            self.compare_answers({order: "InventoryAllotted"})
            rows = Reservation.objects.filter(order_id=order, status="held")
            assert dict(rows.values_list("sku", "quantity")) == held

    @rule(chosen=st.lists(st.sampled_from(HELD_FIRST), min_size=1, max_size=4, unique=True))
    def commit(self, chosen: list[UUID]) -> None:
        commit_for_orders(chosen)
        self.compare_answers({order: self.shelf.commit(order) for order in chosen})

    @rule(chosen=some_orders)
    def release(self, chosen: list[UUID]) -> None:
        release_for_orders(chosen)
        self.compare_answers({order: self.shelf.release(order) for order in chosen})

    @rule(order=orders)
    def let_time_pass(self, order: UUID) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Reservation.objects.filter(order_id=order, sku__gt="").update(expires_at=past)
        self.shelf.let_time_pass(order)

    @rule(order=orders)
    def payment_becomes_unknown(self, order: UUID) -> None:
        keep_while_payment_is_unknown([order])
        self.shelf.payment_becomes_unknown(order)

    @rule()
    def sweep(self) -> None:
        expire_holds()
        self.shelf.take_back(SKUS)

    def compare_answers(self, expected: Mapping[UUID, str]) -> None:
        for order, answer in expected.items():
            latest = Message.objects.filter(correlation_id=order).order_by("sequence").last()
            assert latest is not None
            assert latest.type == answer

    @invariant()
    def everybody_has_heard(self) -> None:
        """Expire holds, except those of orders with a message that is still owed."""
        Lane.objects.all().delete()

    @invariant()
    def those_wait_who_should(self) -> None:
        waiting: dict[UUID, dict[str, int]] = {}
        for row in Reservation.objects.filter(status="waiting"):
            waiting.setdefault(row.order_id, {})[row.sku] = row.quantity
        assert waiting == self.shelf.waiting

    @invariant()
    def books_are_equal(self) -> None:
        kept = {item.sku: (item.on_hand, item.reserved) for item in StockItem.objects.all()}
        shelf = self.shelf
        assert kept == {sku: (shelf.on_hand[sku], shelf.reserved(sku)) for sku in kept}
        assert books.unequal() == []


@pytest.mark.usefixtures("transactional_db")
def test_a_hundred_mixed_operations_keep_the_books_equal_to_the_models() -> None:
    run_state_machine_as_test(
        Inventory,
        settings=settings(
            max_examples=8,
            stateful_step_count=100,
            deadline=None,
            # A hundred steps take minutes to shrink; the failing run prints them all.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


THREADS, TURNS = 6, 40
CROWD = [uuid7() for _ in range(150)]


@pytest.mark.usefixtures("transactional_db")
def test_mixed_operations_that_run_at_once_leave_books_that_add_up() -> None:
    Conversation.objects.bulk_create(Conversation(id=order, sequence=0) for order in CROWD)
    for sku in SKUS:
        receive(sku, 50)

    def act(number: int) -> None:
        dice = random.Random(number)
        for _ in range(TURNS):
            one_turn(dice)
            assert books.unequal() == []

    at_once(THREADS, act)
    assert books.unequal() == []
    assert Message.objects.filter(type="InventoryReserved").exists()
    assert Message.objects.filter(type="InventoryReservationFailed").exists()


def one_turn(dice: random.Random) -> None:
    """Act on some orders, with their conversations locked, or on one SKU."""
    chosen = dice.sample(CROWD, 3)
    wanted = {sku: dice.randint(1, 6) for sku in dice.sample(SKUS, 2)}
    units = dice.randint(-9, 9) or 1
    with transaction.atomic(), suppress(StockRefused):
        match dice.choice(
            ("reserve", "hold", "commit", "release", "expire", "change", "await", "wake")
        ):
            case "reserve":
                conversations.lock(chosen)
                reserve_for_orders({order: lines(wanted) for order in chosen})
            case "hold":
                conversations.lock(chosen)
                hold_for_orders({order: lines(wanted) for order in chosen})
                late = Reservation.objects.filter(order_id=chosen[0])
                late.update(expires_at=timezone.now())
            case "await":
                conversations.lock(chosen)
                await_goods(
                    [
                        AwaitInventory(order, CUSTOMER, tuple(lines(wanted)), timezone.now())
                        for order in chosen
                    ]
                )
            case "wake":
                wake()
            case "commit":
                conversations.lock(chosen)
                commit_for_orders(chosen)
            case "expire":
                expire_holds()
            case "release":
                conversations.lock(chosen)
                release_for_orders(chosen[:1])
            case _:
                stock_taking.adjust(sku=dice.choice(SKUS), units=units, reason="any", actor="dice")
