"""Timeline entries of an order: goods that were held, released, sent, or missing."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from inventory.events import (
    InventoryAllotted,
    InventoryConsumed,
    InventoryHeld,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    InventoryRestocked,
)
from inventory.models import MovementKind, Reservation, ReservationStatus, StockMovement
from inventory.stock import return_of, shipment_of
from outbox.kit.timeline import LoggedMessage, Subject, TimelineEntry
from outbox.kit.wording import goods, missing

ANNOUNCED = {
    MovementKind.RESERVED: (InventoryAllotted, InventoryHeld, InventoryReserved),
    MovementKind.RELEASED: (InventoryReleased,),
    MovementKind.CONSUMED: (InventoryConsumed,),
    MovementKind.RESTOCKED: (InventoryRestocked,),
}
"""The events that announce movements; they are published together with them."""

MOVED = ("held", "reserved", "released", "restocked", "written_off", "consumed")
"""The fields of these events that list units."""


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield the movements of the order's goods, grouped by act, and what was missing."""
    rows = StockMovement.objects.filter(order_id=subject.order_id).order_by("id")
    for (kind, act), group in groupby(rows, lambda row: (row.kind, _act(row))):
        yield _moved(subject, MovementKind(kind), act, list(group))
    if refused := subject.published(InventoryReservationFailed)[:1]:
        yield _refused(subject, refused[0])


def _moved(
    subject: Subject, kind: MovementKind, act: str, rows: Sequence[StockMovement]
) -> TimelineEntry:
    what = goods((row.sku, abs(row.reserved_change or row.on_hand_change)) for row in rows)
    is_return = bool(act) and kind != MovementKind.CONSUMED
    types = (InventoryRestocked,) if is_return else ANNOUNCED.get(kind, ())
    name = "return_id" if is_return else "shipment_id"
    published = subject.published(*types, **({name: act} if act else {}))
    # A release of nothing is announced too, but moved none of these.
    announced = [each for each in published if any(each.payload.get(name) for name in MOVED)][:1]
    after = subject.cause_of(announced[0]) if announced else ()
    return TimelineEntry(
        at=rows[0].moved_at,
        source="stock",
        what=kind.label.lower(),
        detail=f"{what}, returned" if is_return else what,
        clause=_clause(kind, what, is_return=is_return),
        table="inventory_stockmovement",
        after=after,
        before=tuple(each.id for each in announced),
    )


def _clause(kind: MovementKind, what: str, *, is_return: bool) -> str:
    if is_return and kind != MovementKind.WRITTEN_OFF:
        return f"{what} taken back"
    return "" if kind == MovementKind.CONSUMED else f"{what} {kind.label.lower()}"


def _refused(subject: Subject, refusal: LoggedMessage) -> TimelineEntry:
    lines = refusal.payload.get("missing") or ()
    has_expired = Reservation.objects.filter(
        order_id=subject.order_id, status=ReservationStatus.EXPIRED
    ).exists()
    clause = missing(lines) if lines else "its hold had expired" if has_expired else ""
    return TimelineEntry(
        at=refusal.recorded_at,
        source="stock",
        what="nothing reserved",
        detail=clause or str(refusal.payload.get("reason_code", "")),
        clause=clause,
        table="inventory_reservation",
        after=subject.cause_of(refusal),
        before=(refusal.id,),
    )


def _act(row: StockMovement) -> str:
    """Return the id of the return or the shipment that a movement belongs to, if it does."""
    act = return_of(row) or shipment_of(row)
    return str(act) if act else ""
