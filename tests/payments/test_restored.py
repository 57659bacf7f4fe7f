"""After a restore from a backup nothing is done twice, and ledger and book agree again."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from orders.models import Order
from orders.services import LineToReturn, request_return
from payments.models import Payment
from payments.reconciliation import reconcile
from payments.services.comparing import LedgerDifference
from testkit.book import book_of
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.payments.the_book import alter_book

DAY = 86_400


@pytest.fixture(autouse=True)
def _one_delivery_at_a_time(settings: Settings) -> None:
    """Deliver everything except to payments."""
    settings.OUTBOX_FOLLOW_UP = False


class Dump:
    """A backup: a copy of every table."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename NOT LIKE 'django_%' AND tablename NOT LIKE 'auth_%'"
            )
            self.tables = [name for (name,) in cursor.fetchall()]
            cursor.execute("DROP SCHEMA IF EXISTS dump CASCADE; CREATE SCHEMA dump")
            for name in self.tables:
                cursor.execute(f'CREATE TABLE dump."{name}" AS TABLE public."{name}"')

    def restore(self) -> None:
        """Restore every row with triggers and foreign keys off, as pg_restore does."""
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                for name in self.tables:
                    cursor.execute(f'DELETE FROM public."{name}"')  # noqa: S608 - our own tables
                    cursor.execute(f'INSERT INTO public."{name}" SELECT * FROM dump."{name}"')  # noqa: S608 - likewise
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def dumps(shop: Shop) -> Iterator[type[Dump]]:  # noqa: ARG001 - tables to dump
    yield Dump
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS dump CASCADE")


def a_day_passes_at_the_gateway() -> None:
    """Age the gateway's book until every key is forgotten."""
    alter_book("UPDATE entry SET made_at = made_at - ?", 1.2 * DAY)


def a_return(order: Order) -> None:
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()


def moved(order: Order) -> list[tuple[str, int]]:
    return [(each.kind, each.amount) for each in book_of(order.id) if not each.decline_code]


def differences(*, flag: bool = True) -> list[LedgerDifference]:
    now = timezone.now()
    return reconcile(
        gateway="sandbox", since=now - timedelta(days=3), until=now + timedelta(hours=1), flag=flag
    )


def test_a_refund_that_the_database_has_forgotten_is_not_made_again(
    shop: Shop, dumps: type[Dump]
) -> None:
    order = shop.order({"MUG": 2})
    settle()
    dump = dumps()
    a_return(order)
    dump.restore()
    a_day_passes_at_the_gateway()
    a_return(order)
    assert moved(order) == [("charge", 2 * PRICE), ("refund", PRICE)]
    assert differences() == []


def test_a_charge_that_the_database_has_forgotten_is_not_made_again(
    shop: Shop, dumps: type[Dump], monkeypatch: pytest.MonkeyPatch
) -> None:
    then = timezone.now() - timedelta(hours=29)
    yesterday = UUID(int=int(then.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)
    monkeypatch.setattr(Order._meta.get_field("id"), "_get_default", lambda: yesterday)  # noqa: SLF001 - Django's documented Model._meta API
    order = shop.order()
    settle_all_but("payments")
    dump = dumps()
    settle()
    dump.restore()
    a_day_passes_at_the_gateway()
    settle()
    assert outcome(order) == ("confirmed", "")
    assert moved(order) == [("charge", PRICE)]
    assert differences() == []


def test_a_rehearsed_restore_ends_with_books_that_agree(shop: Shop, dumps: type[Dump]) -> None:
    """Back up, continue, restore, reconcile: every difference is named; a second run finds none."""
    returned = shop.order({"MUG": 2})
    pending = shop.order()
    settle_all_but("payments")
    with_payment = shop.order()
    settle()
    dump = dumps()
    a_return(returned)
    a_return(with_payment)
    lost = shop.order()
    settle()
    alter_book(
        "INSERT INTO entry (key, kind, order_id, amount, currency, charge, decline_code, made_at)"
        " SELECT 'ch_of_others', 'charge', 'their-order', 1, 'GBP', '', '', max(made_at) FROM entry"
    )
    dump.restore()
    told = {each.order_id: each.what.partition(":")[0] for each in differences()}
    assert told == {
        str(returned.id): "ours and unknown to us",
        str(with_payment.id): "ours and unknown to us",
        str(lost.id): "ours and unknown to us",
        "their-order": "not ours",
    }
    settle()
    for order in (returned, with_payment):
        assert Payment.objects.get(order_id=order.id).operations.filter(kind="refund").count() == 1
    assert outcome(pending) == ("confirmed", "")
    left = {each.order_id for each in differences()}
    assert left == {str(lost.id), "their-order"}


def test_what_a_pending_order_has_done_already_is_ours_and_still_owed(
    shop: Shop, dumps: type[Dump]
) -> None:
    order = shop.order()
    settle_all_but("payments")
    dump = dumps()
    settle()
    dump.restore()
    (difference,) = differences()
    assert difference.order_id == str(order.id)
    assert difference.what.startswith("ours and still owed")
    settle()
    assert outcome(order) == ("confirmed", "")
    assert moved(order) == [("charge", PRICE)]
    assert differences() == []
