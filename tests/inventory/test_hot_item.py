"""Two hundred buyers of the last unit: one gets it, and only that one pays."""

from collections import Counter

import pytest
from django.db import connection

from orders.flows import FLOWS
from orders.models import Order
from outbox.delivery.relay import drain, owed_names
from payments.models import OperationKind, PaymentOperation
from testkit.delivering import settle
from testkit.shop import Shop
from tests.threads import at_once

BUYERS, PLACING, DELIVERING = 200, 20, 4


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_of_two_hundred_buyers_at_once_exactly_one_gets_the_last_unit(
    audited: Shop, flow: str
) -> None:
    audited.receive("LAST", 1)
    before = deadlocks()

    def buy_or_deliver(number: int) -> None:
        for _ in range(BUYERS // PLACING if number < PLACING else 0):
            audited.order({"LAST": 1}, flow=flow)
        drain(owed_names(), seconds=1)

    at_once(PLACING + DELIVERING, buy_or_deliver)
    settle()
    ends = Counter(Order.objects.values_list("status", "reason_code"))
    assert ends == {("confirmed", ""): 1, ("cancelled", "out_of_stock"): BUYERS - 1}
    assert audited.reserved("LAST") == 1
    asked = PaymentOperation.objects.filter(
        kind__in=(OperationKind.CHARGE, OperationKind.AUTHORIZE)
    )
    assert asked.count() == (1 if flow == "reserve_first" else BUYERS)
    assert deadlocks() == before
