"""Trouble in the demo's own shop, for an operator to look after."""

from collections.abc import Callable

from django.contrib.auth.models import User

from config.demo.replay import settling
from config.demo.replay.books import CARD
from config.demo.replay.own_shop import BUYERS, NAME
from orders.models import Customer, Order, OrderStatus
from orders.pricing import NewLine
from orders.sagas.models import SagaInstance
from orders.sagas.operators import verbs
from orders.services import place_order
from orders.services.refunds import give_refund

MOST_LOOKS = 100

WHY = "for the demo"
LOST = "pm_sandbox_lost"


def make_trouble(by: User) -> dict[str, Order]:
    """Leave a charge without an answer, a suspended saga, and a refund for a second person.

    Workers have to run. What an earlier call has left is not made again.

    :param by: who proposes the refund.
    :returns: the orders, by what is wrong with them; none if they were there before.
    :raises NothingMoves: the orders make no progress.
    """
    if Order.objects.filter(reference__startswith=f"{NAME}:trouble-").exists():
        return {}
    unanswered = _place(1, "TIMER", 1, LOST)
    suspended = _place(2, "STRAINER", 1, LOST)
    large = _place(3, "KETTLE", 6, CARD)
    _wait(lambda: Order.objects.filter(pk=large.pk, status=OrderStatus.CONFIRMED).exists())
    _wait(lambda: SagaInstance.objects.filter(correlation_id=suspended.pk).exists())
    saga = SagaInstance.objects.get(correlation_id=suspended.pk)
    verbs.suspend(saga_id=saga.pk, by=None, reason=WHY)
    large.refresh_from_db()
    give_refund(order_id=large.pk, amount=large.amount, reason=WHY, by=by)
    return {
        "its charge has no answer": unanswered,
        "its saga is suspended": suspended,
        "its refund waits for a second person": large,
    }


def _place(number: int, sku: str, quantity: int, payment_method: str) -> Order:
    return place_order(
        customer=Customer.objects.get(reference=BUYERS[0].reference),
        lines=[NewLine(sku, quantity)],
        payment_method=payment_method,
        reference=f"{NAME}:trouble-{number}",
    )


def _wait(condition: Callable[[], bool]) -> None:
    for _ in range(MOST_LOOKS):
        if condition():
            return
        settling.pause()
    raise settling.NothingMoves("orders make no progress: check that workers and beat run")
