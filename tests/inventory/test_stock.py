"""Nothing is oversold, an order gets all its lines or none, and every unit is accounted for."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from uuid_utils.compat import uuid7

from inventory.commands import ReleaseInventory, ReserveInventory, WantedLine
from inventory.models import MovementKind, Reservation, StockItem, StockMovement, StockRefused
from inventory.services import release_for_orders, reserve_for_orders
from inventory.services.stock_taking import StockChange, change_stock
from outbox.delivery.batch import deliver_batch
from outbox.models import Message
from outbox.publishing import publish
from outbox.registry import subscribers
from tests.threads import at_once, wait_for_a_lock


def receive(sku: str, units: int, reference: str | None = None) -> bool:
    return bool(
        change_stock([StockChange(sku, units, MovementKind.RECEIVED, "delivery", reference)])
    )


def reserve(order: UUID, **units: int) -> None:
    reserve_for_orders({order: [WantedLine(sku, quantity) for sku, quantity in units.items()]})


def reserved(sku: str) -> int:
    return StockItem.objects.get(sku=sku).reserved


def announced(order: UUID) -> list[str]:
    messages = Message.objects.filter(correlation_id=order).order_by("sequence")
    return list(messages.values_list("type", flat=True))


pytestmark = pytest.mark.usefixtures("transactional_db")


def test_of_fifty_orders_at_once_exactly_one_gets_the_last_unit() -> None:
    receive("LAST", 1)
    orders = [uuid7() for _ in range(50)]
    at_once(50, lambda number: reserve(orders[number], LAST=1))
    outcomes = [announced(order) for order in orders]
    assert outcomes.count(["InventoryReserved"]) == 1
    assert outcomes.count(["InventoryReservationFailed"]) == 49
    assert reserved("LAST") == 1
    assert Reservation.objects.filter(quantity__gt=0).count() == 1


def test_orders_of_one_batch_do_not_get_more_than_there_is() -> None:
    receive("MUG", 5)
    orders = [uuid7() for _ in range(4)]
    reserve_for_orders({order: [WantedLine("MUG", 2)] for order in orders})
    assert [announced(order)[0] for order in orders].count("InventoryReserved") == 2
    assert reserved("MUG") == 4


def test_an_order_that_lacks_one_of_its_goods_gets_none_of_them() -> None:
    receive("MUG", 5)
    receive("TEAPOT", 1)
    order = uuid7()
    reserve(order, MUG=1, TEAPOT=2)
    assert announced(order) == ["InventoryReservationFailed"]
    assert (reserved("MUG"), reserved("TEAPOT")) == (0, 0)
    missing = Message.objects.get(correlation_id=order).payload["missing"]
    assert missing == [{"sku": "TEAPOT", "wanted": 2, "available": 1}]


def test_goods_that_were_never_received_are_missing() -> None:
    order = uuid7()
    reserve(order, UNHEARD_OF=1)
    assert announced(order) == ["InventoryReservationFailed"]


def test_lines_of_the_same_goods_count_together() -> None:
    receive("MUG", 3)
    order = uuid7()
    reserve_for_orders({order: [WantedLine("MUG", 2), WantedLine("MUG", 2)]})
    assert announced(order) == ["InventoryReservationFailed"]


def test_orders_with_the_same_goods_in_another_order_do_not_deadlock() -> None:
    receive("A", 100)
    receive("B", 100)

    def place(number: int) -> None:
        skus = ("A", "B") if number % 2 else ("B", "A")
        for _ in range(5):
            reserve(uuid7(), **dict.fromkeys(skus, 1))

    at_once(8, place)
    assert (reserved("A"), reserved("B")) == (40, 40)


def test_goods_are_locked_in_the_order_of_their_sku() -> None:
    """A transaction that waits for the first item has not locked the others."""
    skus = ["A", "B", "C", "D", "E", "F"]
    for sku in skus:
        receive(sku, 1)

    def reserve_all() -> None:
        try:
            reserve(uuid7(), **dict.fromkeys(reversed(skus), 1))
        finally:
            connection.close()

    lock = "SELECT FROM inventory_stockitem WHERE sku = ANY(%s) FOR UPDATE NOWAIT"
    with (
        ThreadPoolExecutor(1) as pool,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(lock, [skus[:1]])
        wait_for_a_lock(pool.submit(reserve_all))
        cursor.execute(lock, [skus[1:]])


def test_a_batch_that_reserves_and_releases_locks_all_its_goods_in_one_pass() -> None:
    """A transaction that waits for the released goods has not locked the reserved ones."""
    receive("A", 1)
    receive("B", 1)
    releasing, reserving = uuid7(), uuid7()
    reserve(releasing, A=1)
    with transaction.atomic():
        wanted = (WantedLine("B", 1),)
        publish(ReserveInventory(order_id=reserving, lines=wanted), conversation=reserving)
        publish(ReleaseInventory(order_id=releasing), conversation=releasing)

    def deliver() -> None:
        try:
            deliver_batch(subscribers["inventory"])
        finally:
            connection.close()

    lock = "SELECT FROM inventory_stockitem WHERE sku = %s FOR UPDATE NOWAIT"
    with (
        ThreadPoolExecutor(1) as pool,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(lock, ["A"])
        wait_for_a_lock(pool.submit(deliver))
        cursor.execute(lock, ["B"])
    assert (reserved("A"), reserved("B")) == (0, 1)


def test_reserving_twice_reserves_once_and_says_so_again() -> None:
    receive("MUG", 5)
    order = uuid7()
    reserve(order, MUG=2)
    reserve(order, MUG=2)
    assert reserved("MUG") == 2
    assert announced(order) == ["InventoryReserved", "InventoryReserved"]


def test_a_refused_order_stays_refused_when_goods_arrive() -> None:
    order = uuid7()
    reserve(order, MUG=2)
    receive("MUG", 5)
    reserve(order, MUG=2)
    assert announced(order) == ["InventoryReservationFailed"] * 2
    assert reserved("MUG") == 0


def test_releasing_twice_gives_back_once() -> None:
    receive("MUG", 5)
    orders = [uuid7(), uuid7()]
    for order in orders:
        reserve(order, MUG=2)
    release_for_orders([orders[0]])
    release_for_orders([orders[0]])
    assert reserved("MUG") == 2
    assert StockMovement.objects.filter(kind="released").count() == 1


def test_a_release_that_comes_first_bars_the_reservation_behind_it() -> None:
    receive("MUG", 5)
    order = uuid7()
    release_for_orders([order])
    reserve(order, MUG=2)
    assert announced(order) == ["InventoryReleased", "InventoryReservationFailed"]
    assert reserved("MUG") == 0


def test_a_released_order_cannot_reserve_again() -> None:
    receive("MUG", 5)
    order = uuid7()
    reserve(order, MUG=2)
    release_for_orders([order])
    reserve(order, MUG=2)
    assert announced(order)[-1] == "InventoryReservationFailed"
    assert reserved("MUG") == 0


def test_every_change_is_a_movement() -> None:
    receive("MUG", 5)
    order = uuid7()
    reserve(order, MUG=2)
    release_for_orders([order])
    change_stock([StockChange("MUG", -1, MovementKind.WRITTEN_OFF, "broken")])
    moved = StockMovement.objects.order_by("id").values_list(
        "kind", "on_hand_change", "reserved_change"
    )
    assert list(moved) == [
        ("received", 5, 0),
        ("reserved", 0, 2),
        ("released", 0, -2),
        ("written_off", -1, 0),
    ]


def test_a_delivery_of_one_reference_is_booked_once() -> None:
    assert receive("MUG", 5, reference="note 17") is True
    assert receive("MUG", 5, reference="note 17") is False
    assert StockItem.objects.get(sku="MUG").on_hand == 5


def test_goods_that_orders_hold_cannot_be_written_off() -> None:
    receive("MUG", 5)
    reserve(uuid7(), MUG=4)
    with pytest.raises(StockRefused, match="MUG: 1 available, 2 are to go"):
        change_stock([StockChange("MUG", -2, MovementKind.WRITTEN_OFF, "broken")])
    assert StockItem.objects.get(sku="MUG").on_hand == 5


def test_the_database_itself_refuses_to_oversell() -> None:
    receive("MUG", 5)
    with (
        pytest.raises(IntegrityError, match="inventory_stock_never_oversold"),
        transaction.atomic(),
    ):
        StockItem.objects.update(reserved=6)
