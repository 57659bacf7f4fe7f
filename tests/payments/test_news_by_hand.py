"""A gateway's report of money that a human has settled by hand counts once."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from orders.models import Order, OrderReturn
from orders.sagas.models import SagaInstance
from orders.sagas.operators import verbs
from orders.services import LineToReturn, request_return
from outbox.delivery.batch import deliver_batch
from outbox.registry import subscribers
from payments.gateways.port import gateway_named
from payments.models import Payment, PaymentOperation
from testkit.book import moved
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.proofs.equality import unequal
from testkit.shop import PRICE, Shop, outcome
from tests.payments.gateways.test_stripe_answers import SECRET
from tests.payments.test_news import charge_of, refund_there, tell
from tests.payments.the_book import alter_book
from tests.sagas.own import ChargeFirst

pytestmark = pytest.mark.usefixtures("own_saga")

REFUSED = "pm_sandbox_refund_declined"


@pytest.fixture(autouse=True)
def _gateways(settings: Settings) -> Iterator[None]:
    settings.SANDBOX_WEBHOOK_SECRETS = [SECRET]
    gateway_named.cache_clear()
    yield
    gateway_named.cache_clear()


@pytest.fixture
def returned(audited: Shop) -> Order:
    """Return an order of four units, one of them returned; the gateway declines its refund."""
    order = audited.order({"MUG": 4}, payment_method=REFUSED)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    return order


def saga_of(order: Order) -> SagaInstance:
    return SagaInstance.objects.filter(correlation_id=order.id).latest("started_at", "id")


def resolve(order: Order, reference: str) -> None:
    verbs.resolve(
        saga_id=saga_of(order).id, by=None, reason="in the dashboard", reference=reference
    )
    settle()


def refund_is_made(client: Client, order: Order) -> None:
    key = f"{order.id}:refund:1"
    told = {"key": key, "order_id": str(order.id), "reference": key, "amount": PRICE}
    tell(client, "refund.succeeded", **told)


def counted(order: Order) -> list[tuple[int, str]]:
    """Return the refunds, and how they count."""
    rows = PaymentOperation.objects.filter(payment__order_id=order.id, outcome="succeeded")
    names = {(True, False): "apart", (False, True): "by hand", (False, False): "by the gateway"}
    return [
        (row.amount, names[row.excess, row.outside])
        for row in rows.filter(kind="refund").order_by("id")
    ]


def hear(client: Client, order: Order, name: str) -> None:
    tell(client, "refund.succeeded", reference=name, amount=PRICE, about=charge_of(order))
    settle()


@pytest.mark.parametrize("first", ["the gateway", "the human"])
def test_a_refund_made_in_the_dashboard_and_entered_by_hand_counts_once(
    returned: Order, client: Client, first: str
) -> None:
    name = refund_there(returned, PRICE)
    if first == "the gateway":
        hear(client, returned, name)
        resolve(returned, name)
    else:
        resolve(returned, name)
        hear(client, returned, name)
    assert OrderReturn.objects.get().completed_at is not None
    paid = PaymentOperation.objects.get(kind="refund", outcome="succeeded")
    assert (paid.amount, paid.return_id) == (PRICE, OrderReturn.objects.get().id)
    assert (paid.how, paid.gateway_reference) == ("in the dashboard", name)


def test_the_gateways_word_for_a_refund_that_a_human_made_meanwhile_is_kept_apart_and_shown(
    audited: Shop, client: Client, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order({"MUG": 4}, payment_method="pm_sandbox_refund_silent_once")
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle_all_but("gateway")
    deliver_batch(subscribers["gateway"])
    verbs.resolve(saga_id=saga_of(order).id, by=None, reason="by bank transfer")
    settle_all_but("gateway")
    for _ in range(2):
        refund_is_made(client, order)
        settle_all_but("gateway")
    settle()
    assert counted(order) == [(PRICE, "apart"), (PRICE, "by hand")]
    assert "after it was made by hand" in Payment.objects.get(order_id=order.id).attention_reason


def test_a_refused_refund_that_is_made_after_all_although_a_human_paid_is_kept_apart_and_shown(
    returned: Order, client: Client
) -> None:
    resolve(returned, "transfer 7")
    alter_book("UPDATE entry SET decline_code = '' WHERE key = ?", f"{returned.id}:refund:1")
    for _ in range(2):
        refund_is_made(client, returned)
        settle()
    assert counted(returned) == [(PRICE, "by hand"), (PRICE, "apart")]
    assert "and was made" in Payment.objects.get(order_id=returned.id).attention_reason


def test_a_charge_that_is_made_after_all_although_a_human_was_paid_goes_back(
    audited: Shop, client: Client
) -> None:
    order = audited.order(flow="charge_first", payment_method="pm_card_chargeDeclined")
    for _ in range(1 + ChargeFirst.charge.retry.attempts):
        settle_all_but("gateway")
        let_deadlines_pass(order.id)
    resolve(order, "receipt 3")
    assert outcome(order) == ("confirmed", "")
    key = charge_of(order)
    alter_book("UPDATE entry SET decline_code = '' WHERE key = ?", key)
    for _ in range(2):
        tell(
            client, "charge.succeeded", key=key, order_id=str(order.id), reference=key, amount=PRICE
        )
        settle()
    assert moved(order.id, "refund") == [PRICE]
    assert outcome(order) == ("confirmed", "")
    assert unequal() == []
