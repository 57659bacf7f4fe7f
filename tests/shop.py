"""A small shop for tests: goods, a customer, orders through the public door, passing time."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.audit.findings import as_lines, audit, broken
from config.audit.invariant import Run
from inventory.models import MovementKind, Reservation, StockItem
from inventory.services import expire_holds
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer, Order, Product, ProductPrice, Shipment
from orders.pricing import NewLine
from orders.sagas.engine.engine import sweep
from orders.sagas.models import SagaInstance, SagaStep
from orders.sagas.operators import verbs
from orders.sagas.operators.redeciding import replay
from orders.services import (
    LineToPack,
    dispatch_shipment,
    pack_shipment,
    place_in_parts,
    place_order,
)
from orders.services.products import NewProduct, add_products
from outbox.contracts.message_map import may_cause
from outbox.delivery.batch import deliver_batch, deliver_suspect
from outbox.delivery.relay import Owed, drain, owed_names, owed_receivers
from outbox.log.scheduled import publish_due
from outbox.messages import type_of
from outbox.models import Claim, Lane, ScheduledMessage
from outbox.registry import groups
from payments.gateways.line import line_to
from payments.models import PaymentOperation
from tests.audit.proofs import PROOFS
from tests.readmodels.equality import unequal

PRICE = 1250
"""What one unit of anything costs here, in pence."""

_CAUSES = """
SELECT DISTINCT cause.type, effect.type, effect.flow
FROM outbox_message effect LEFT JOIN outbox_message cause ON cause.id = effect.causation_id
WHERE cause.id IS NOT NULL OR effect.causation_id IS NULL
"""


_WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@dataclass
class Shop:
    """Places orders through the public door and reads what became of them."""

    customer: Customer

    def receive(self, sku: str, units: int) -> None:
        """Put goods on the shelf, and up for sale."""
        add_products([NewProduct(sku, sku, PRICE, "GBP")])
        change_stock([StockChange(sku, units, MovementKind.RECEIVED, "delivery")])

    def order(
        self,
        lines: dict[str, int] | None = None,
        *,
        payment_method: str = "pm_card_visa",
        flow: str | None = None,
        partial: bool = False,
        reference: str | None = None,
    ) -> Order:
        """Place an order for units by SKU; one mug without any."""
        place = place_in_parts if partial else place_order
        return place(
            customer=self.customer,
            lines=[NewLine(sku, units) for sku, units in (lines or {"MUG": 1}).items()],
            payment_method=payment_method,
            flow=flow,
            reference=reference,
        )

    def reserved(self, sku: str = "MUG") -> int:
        """Say how many units orders hold."""
        return StockItem.objects.get(sku=sku).reserved


def offer(sku: str, price: int, currency: str = "GBP", *, name: str = "") -> None:
    """Put a product up for sale, without goods."""
    add_products([NewProduct(sku, name or sku.title(), price, currency)])


def price_of(sku: str) -> int | None:
    """Return what a product costs now, in its own currency."""
    return Product.objects.with_prices().get(sku=sku).unit_price


def reprice(sku: str, price: int, currency: str = "GBP") -> None:
    """Let a product cost something else from now on."""
    ProductPrice.objects.create(product_id=sku, unit_price=price, currency=currency)


def open_shop() -> Shop:
    """Open a shop with a customer and ten mugs; the gateway has forgotten earlier orders."""
    empty_book()
    line_to.cache_clear()
    shop = Shop(Customer.objects.create(name="Ada Lovelace"))
    shop.receive("MUG", 10)
    return shop


@dataclass(frozen=True)
class BookEntry:
    """A line of the gateway's own book; ``calls`` counts how often its key was sent."""

    key: str
    kind: str
    amount: int
    decline_code: str
    calls: int


def book_of(order_id: UUID) -> list[BookEntry]:
    """Ask the gateway what it did for an order."""
    path = Path(settings.SANDBOX_BOOK)
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as book:
        rows = book.execute(
            "SELECT key, kind, amount, decline_code, calls FROM entry"
            " WHERE order_id = ? ORDER BY kind, key",
            [str(order_id)],
        )
        return [BookEntry(*row) for row in rows]


def moved(order_id: UUID, *kinds: str) -> list[int]:
    """Return the amounts that the gateway did move for an order, by kinds of operations."""
    return [e.amount for e in book_of(order_id) if e.kind in kinds and not e.decline_code]


def taken(order_id: UUID) -> list[int]:
    """Return the amounts that the gateway took for an order."""
    return moved(order_id, "charge", "capture")


def kept(order_id: UUID) -> int:
    """Return what of an order's money is with us, or set aside for us, by the gateway's book.

    What our ledger has released is not counted: the gateway lets go of it with the rest.
    """
    set_aside = sum(moved(order_id, "authorize")) - sum(moved(order_id, "capture", "void"))
    if has_ended(order_id):
        set_aside = 0
    else:
        set_aside -= released(order_id)
    return set_aside + sum(taken(order_id)) - sum(moved(order_id, "refund"))


def has_ended(order_id: UUID) -> bool:
    """Tell whether nothing of an order's authorization is set aside any more."""
    endings = PaymentOperation.objects.filter(
        payment__order_id=order_id, outcome="succeeded", kind__in=("capture", "void")
    )
    return endings.filter(rest_stays=False).exists()


def released(order_id: UUID) -> int:
    """Return what of an order's authorization will not be captured."""
    released = PaymentOperation.objects.filter(payment__order_id=order_id, kind="release")
    return sum(released.values_list("amount", flat=True))


def outcome(order: Order) -> tuple[str, str]:
    """Return how an order stands, and why."""
    order.refresh_from_db()
    return order.status, order.reason_code


def empty_book() -> None:
    """Let the gateway forget earlier orders."""
    path = Path(settings.SANDBOX_BOOK)
    if path.exists():
        with closing(sqlite3.connect(path, isolation_level=None)) as book:
            book.execute("DELETE FROM entry")


def movable() -> list[int]:
    """Return the lanes in which something is owed, and that no dead letter has stopped."""
    return list(Lane.objects.filter(stopped=False).values_list("pk", flat=True))


def pack(order: Order, units: dict[int, int] | None = None) -> Shipment:
    """Pack units by the line's number; all that is left to pack without any."""
    lines = [LineToPack(number, quantity) for number, quantity in (units or {}).items()]
    return pack_shipment(order_id=order.id, lines=lines, by="packer")


def send(order: Order, units: dict[int, int] | None = None) -> Shipment:
    """Pack units by the line's number, or all that is left, and let them leave."""
    return hand_over(pack(order, units))


def hand_over(shipment: Shipment) -> Shipment:
    """Let a packed shipment leave; it has once everything is settled."""
    return dispatch_shipment(
        shipment_id=shipment.id, carrier="Royal Mail", tracking="QM123456785GB", by="packer"
    )


def hurry() -> None:
    """Let no lane wait for its next try."""
    Lane.objects.filter(stopped=False, due_at__gt=timezone.now()).update(due_at=timezone.now())


def settle() -> None:
    """Deliver until nothing more can be delivered; nothing waits for its next try.

    What is scheduled waits for its time.

    :raises AssertionError: it does not come to an end.
    """
    for _ in _bounded():
        publish_due()
        drain(owed_names(), seconds=20)
        if not movable():
            return
        hurry()


def settle_all_but(*silent: str) -> None:
    """Deliver to everyone else, while these subscribers, and groups of them, are handed nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for group in groups.values():
            if set(silent) & {group.name, *group.names}:
                patch.setattr(group, "follows", False)
        for _ in _bounded():
            owed = [each for each in owed_receivers() if not set(silent) & _names(each)]
            if not owed:
                return
            for each in owed:
                deliver(each)


def _names(owed: Owed) -> set[str]:
    return {owed.receiver.name, *owed.receiver.names}


def deliver(owed: Owed) -> None:
    """Hand a subscriber what it is owed; what a worker has vanished over goes first, alone."""
    if not (owed.suspects and deliver_suspect(owed.receiver)):
        deliver_batch(owed.receiver)


def let_claims_end() -> None:
    """Age what somebody holds beyond its lease, as if his process had vanished."""
    Claim.objects.update(ends_at=timezone.now() - timedelta(seconds=1))


def let_deadlines_pass(order_id: UUID, *, steps: tuple[str, ...] = ()) -> None:
    """Age an order's waiting steps (or those named) beyond their deadline, and sweep."""
    past = timezone.now() - timedelta(seconds=30)
    late = SagaStep.objects.filter(saga__correlation_id=order_id, deadline_at__isnull=False)
    if steps:
        late = late.filter(name__in=steps)
    late.update(deadline_at=past)
    SagaInstance.objects.filter(steps__in=late).update(next_action_at=past)
    sweep()


def let_payment_wait_pass(order_id: UUID, *, minutes: int) -> None:
    """Let this time pass for a payment that the customer or the bank has yet to settle."""
    span = timedelta(minutes=minutes)
    operations = PaymentOperation.objects.filter(payment__order_id=order_id)
    for operation in operations.filter(postponed_until__isnull=False):
        assert operation.postponed_until is not None
        operation.postponed_until = operation.postponed_until - span
        operation.save()
        for scheduled in ScheduledMessage.objects.filter(correlation_id=order_id):
            scheduled.payload["until"] = msgspec.to_builtins(operation.postponed_until)
            scheduled.due_at -= span
            scheduled.save()


def age_holds(order_id: UUID) -> None:
    """Let what an order holds be older than holds may become."""
    Reservation.objects.filter(order_id=order_id).update(
        expires_at=timezone.now() - timedelta(minutes=1)
    )


def let_hold_run_out(order_id: UUID) -> None:
    """Suspend an order's saga until what the order holds has expired, and resume it."""
    saga_id = SagaInstance.objects.get(correlation_id=order_id, definition="reserve_first").id
    verbs.suspend(saga_id=saga_id, by=None, reason="an example")
    settle()
    age_holds(order_id)
    expire_holds()
    verbs.resume(saga_id=saga_id, by=None, reason="an example")
    settle()


def wait_for_a_lock(began: Future[Any]) -> None:
    """Return once somebody waits for a lock that another transaction holds.

    :raises AssertionError: what was begun goes on without waiting; what it raised itself, if so.
    """
    until = time.monotonic() + 30
    while time.monotonic() < until and not began.done():
        with connection.cursor() as cursor:
            if waiting_for_a_lock(cursor):
                return
        time.sleep(0.01)
    if began.done():
        began.result()  # raises what has kept it from waiting
    raise AssertionError("nobody waits for a lock")


def waiting_for_a_lock(cursor: Any) -> int:
    """Count those who wait; a transaction sees one moment of activity unless it asks anew."""
    cursor.execute("SELECT pg_stat_clear_snapshot()")
    cursor.execute(_WAITS)
    return int(cursor.fetchone()[0])


def assert_audited() -> None:
    """Audit the database, and the gateway's book as this database's own."""
    findings = audit(Run(own_book=True), PROOFS)
    assert broken(findings) == [], "\n".join(as_lines(findings))


def assert_clean() -> None:
    """Audit, and compare what was published and what read models say with all that they should."""
    assert_audited()
    assert undeclared() == []
    assert unequal() == []
    found = replay().differences
    assert not found, found


def undeclared() -> list[str]:
    """List what was published without ``publishes=`` where it was wired, as cause and effect."""
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES)
        pairs = cursor.fetchall()
    return [
        f"{cause or 'nothing'} -> {effect} in {flow}: declare it with publishes="
        for cause, effect, flow in pairs
        if not may_cause(type_of[cause] if cause else None, type_of[effect], flow)
    ]


def _bounded() -> Iterator[int]:
    yield from range(60)
    raise AssertionError("deliveries do not come to an end")
