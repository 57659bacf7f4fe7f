"""``manage.py audit`` is clean on healthy data, and finds and shows each broken promise."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from config.audit.invariant import ROWS_SHOWN
from orders.events import OrderPlaced
from orders.models import Order
from orders.services import request_cancellation
from outbox.delivery.batch import deliver_batch
from outbox.delivery.relay import owed_names
from outbox.registry import Subscriber, receivers, subscribers, subscribers_of
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.audit.breakages import BREAKAGES, DIFFERS, NOT_PAID


def audit(*words: str) -> tuple[int, str]:
    """Run the command; return its exit status and what it printed."""
    out = StringIO()
    try:
        call_command("audit", *words, stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def orders(shop: Shop) -> dict[str, Order]:
    """One order of each outcome and one in two parts, and nothing owed."""
    orders = {
        "confirmed": shop.order({"MUG": 3}),
        "declined": shop.order(payment_method="pm_card_chargeDeclined"),
        "out_of_stock": shop.order({"MUG": 99}),
        "cancelled": shop.order({"MUG": 2}, payment_method="pm_sandbox_silent_once"),
    }
    shop.receive("TEAPOT", 1)
    orders["divided"] = shop.order({"TEAPOT": 3}, partial=True)
    settle()
    orders["waiting"] = orders["divided"].backorders.get()
    request_cancellation(order_id=orders["cancelled"].id, reason_code="cancelled_by_customer")
    settle()
    return orders


def execute(statement: str, parameters: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def write_in_book(statement: str, parameters: Mapping[str, Any]) -> None:
    with closing(sqlite3.connect(Path(settings.SANDBOX_BOOK), isolation_level=None)) as book:
        assert book.execute(statement, parameters).rowcount > 0


def ids(orders: Mapping[str, Order]) -> dict[str, Any]:
    return {name: order.id for name, order in orders.items()}


def assert_found(status: int, printed: str, *, invariant: str, what: str, named: str) -> None:
    assert status == 1, printed
    broken = [line for line in printed.splitlines() if line.endswith(": BROKEN")]
    assert any(line.startswith(f"{invariant} ") for line in broken), printed
    finding = printed[printed.index(f"   {what}") :].splitlines()
    assert any(named in line for line in finding[1 : ROWS_SHOWN + 1]), printed


def test_a_mixture_of_outcomes_is_clean(orders: dict[str, Order]) -> None:
    status, printed = audit("--own-book")
    assert (status, len(printed.splitlines())) == (0, 7), printed
    assert f"G2 money: {len(orders)} orders, 5 payments, 7 ledger lines, " in printed
    assert printed.count(": ok\n") == 7


@pytest.mark.usefixtures("orders")
def test_a_subscriber_that_is_newer_than_the_log_is_owed_nothing_of_it() -> None:
    newcomer = Subscriber("newcomer", receive=lambda _: None)
    newcomer.subscribe_to(OrderPlaced)
    try:
        assert audit()[0] == 0
    finally:
        del subscribers["newcomer"]
        subscribers_of.cache_clear()


def test_an_empty_database_is_clean(transactional_db: None) -> None:  # noqa: ARG001 - opens it
    assert audit()[0] == 0


@pytest.mark.parametrize("follow_up", [True, False])
def test_orders_on_their_way_are_clean_after_every_batch(
    shop: Shop,
    settings: Any,
    follow_up: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    settings.OUTBOX_FOLLOW_UP = follow_up
    for card in ("pm_card_visa", "pm_sandbox_silent_once", "pm_card_chargeDeclined"):
        shop.order({"MUG": 6}, payment_method=card)
    while names := owed_names():
        status, printed = audit("--own-book")
        assert status == 0, printed
        deliver_batch(receivers(names[-1:])[0])


@pytest.mark.parametrize("promise", BREAKAGES)
def test_what_is_broken_by_hand_is_found_and_named(orders: dict[str, Order], promise: str) -> None:
    invariant, _, what = promise.partition(": ")
    statement, named = BREAKAGES[promise]
    parameters = {**ids(orders), "nobody": uuid4()}
    execute(statement, parameters)
    status, printed = audit()
    assert_found(
        status, printed, invariant=invariant, what=what, named=str(parameters.get(named, named))
    )


def test_money_of_an_order_that_waits_is_found(orders: dict[str, Order]) -> None:
    execute(
        "UPDATE payments_payment SET order_id = %(waiting)s WHERE order_id = %(cancelled)s",
        ids(orders),
    )
    assert_found(*audit(), invariant="G2", what=NOT_PAID, named=str(orders["waiting"].id))


def test_money_at_risk_that_no_row_shows_is_found(shop: Shop, settings: Any) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    set_aside, taken = shop.order(flow="reserve_first"), shop.order(flow="charge_first")
    settle_all_but("orders")
    assert audit()[0] == 0
    execute("UPDATE readmodels_moneyatrisk SET amount = 0", {})
    for order, risk in ((set_aside, "not_captured"), (taken, "not_confirmed")):
        assert_found(
            *audit(),
            invariant="G5",
            what="money at risk differs from the ledger",
            named=f"order_id={order.id}, risk={risk}, read_risk=None",
        )


@contextmanager
def unguarded(drop: str, restore: str) -> Iterator[None]:
    """Take away what PostgreSQL itself forbids; empty the tables before it is put back."""
    execute(drop, {})
    try:
        yield
    finally:
        execute("DELETE FROM payments_paymentoperation", {})
        execute("DELETE FROM inventory_stockitem", {})
        execute(restore, {})


def test_a_second_charge_in_the_ledger_is_found(orders: dict[str, Order]) -> None:
    (definition,) = scalar("SELECT pg_get_indexdef('payments_one_effective_beginning'::regclass)")
    with unguarded("DROP INDEX payments_one_effective_beginning", definition):
        execute(
            "UPDATE payments_paymentoperation SET kind = 'charge', sequence = 2"
            " WHERE kind = 'refund' AND idempotency_key LIKE %(cancelled)s::text || '%%'",
            ids(orders),
        )
        assert_found(
            *audit(),
            invariant="G2",
            what="an order was charged more than once",
            named=str(orders["cancelled"].id),
        )


def test_oversold_goods_are_found(orders: dict[str, Order]) -> None:  # noqa: ARG001 - something is sold
    name = "inventory_stock_never_oversold"
    (check,) = scalar(
        f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{name}'"  # noqa: S608 - our own text
    )
    table = "ALTER TABLE inventory_stockitem"
    with unguarded(f"{table} DROP CONSTRAINT {name}", f"{table} ADD CONSTRAINT {name} {check}"):
        execute("UPDATE inventory_stockitem SET on_hand = 1", {})
        assert_found(*audit(), invariant="G3", what="a stock item is oversold", named="MUG")


def scalar(query: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


IN_BOOK = (
    "INSERT INTO entry (key, kind, order_id, amount, currency, charge, decline_code, made_at)"
    " VALUES (:key, 'charge', :order, 1, 'GBP', '', '', 0)"
)


def test_a_charge_that_only_the_gateway_knows_is_found(orders: dict[str, Order]) -> None:
    order = str(orders["declined"].id)
    write_in_book(IN_BOOK, {"key": "unheard of", "order": order})
    assert_found(
        *audit(), invariant="G2", what="the gateway did what our ledger does not say", named=order
    )


def test_a_charge_that_the_gateway_does_not_know_is_found(orders: dict[str, Order]) -> None:
    order = str(orders["confirmed"].id)
    write_in_book("DELETE FROM entry WHERE order_id = :order", {"order": order})
    assert_found(
        *audit(), invariant="G2", what="our ledger says what the gateway did not do", named=order
    )


def test_a_second_charge_at_the_gateway_is_found(orders: dict[str, Order]) -> None:
    order = str(orders["confirmed"].id)
    write_in_book(IN_BOOK, {"key": f"{order}:charge:again", "order": order})
    assert_found(
        *audit(), invariant="G2", what="the gateway charged an order more than once", named=order
    )


def test_a_charge_for_an_unknown_order_is_a_loss_where_nobody_shares_the_book(
    orders: dict[str, Order],  # noqa: ARG001 - something to be clean
) -> None:
    stranger = str(uuid4())
    write_in_book(IN_BOOK, {"key": "strange", "order": stranger})
    assert audit()[0] == 0
    assert_found(
        *audit("--own-book"),
        invariant="G2",
        what="the gateway charged for an order that does not exist",
        named=stranger,
    )


def test_many_broken_rows_are_counted_and_the_first_shown(shop: Shop) -> None:
    for _ in range(ROWS_SHOWN + 2):
        shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    execute("UPDATE readmodels_ordersummary SET status = 'confirmed'", {})
    _, printed = audit()
    assert f"   {DIFFERS}: 12" in printed
    assert "      and 2 more" in printed


def test_json_says_the_same(orders: dict[str, Order], tmp_path: Path) -> None:
    execute(
        "UPDATE readmodels_ordersummary SET amount = 1 WHERE order_id = %(confirmed)s", ids(orders)
    )
    file = tmp_path / "audit.json"
    assert audit(f"--json={file}")[0] == 1
    findings = json.loads(file.read_text())
    assert findings["audit"] == ["G5"]
    (found,) = findings["invariants"][4]["violations"]
    assert (found["what"], found["total"]) == (DIFFERS, 1)
    assert found["rows"] == [{"order_id": str(orders["confirmed"].id), "columns": "amount"}]


def test_json_without_a_file_is_printed_alone(orders: dict[str, Order]) -> None:  # noqa: ARG001 - something to count
    status, printed = audit("--json")
    assert (status, json.loads(printed)["audit"]) == (0, "clean")


def test_a_json_file_in_no_folder_is_bad_input(tmp_path: Path, transactional_db: None) -> None:  # noqa: ARG001 - opens it
    with pytest.raises(CommandError, match=r"the folder of .* does not exist") as refused:
        call_command("audit", f"--json={tmp_path}/nowhere/audit.json")
    assert refused.value.returncode == 2
