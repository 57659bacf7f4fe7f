"""What an order costs in each flow, counted while it goes its way."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import getfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from pytest_django import Settings

from orders.models import Order
from orders.sagas.models import SagaInstance
from orders.sagas.vocabulary.saga import definitions
from orders.services import request_cancellation
from outbox.delivery.batch import deliver_batch
from outbox.delivery.relay import owed_names
from outbox.messages import type_of
from outbox.models import Message
from outbox.registry import OutsideSubscriber, receivers, subscribers
from outbox.wiring import tables
from testkit.delivering import settle
from testkit.shop import Shop

_WRITES = re.compile(r"INSERT INTO|(?<!FOR )UPDATE [a-z\"]|DELETE FROM")


def _confirmed(shop: Shop, flow: str) -> Order:
    return shop.order({"MUG": 2}, flow=flow)


def _declined(shop: Shop, flow: str) -> Order:
    return shop.order(payment_method="pm_card_chargeDeclined", flow=flow)


def _out_of_stock(shop: Shop, flow: str) -> Order:
    return shop.order({"MUG": 999}, flow=flow)


def _cancelled(shop: Shop, flow: str) -> Order:
    order = shop.order({"MUG": 2}, flow=flow)
    carry_out()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    return order


WAYS: dict[str, Callable[[Shop, str], Order]] = {
    "confirmed": _confirmed,
    "card declined": _declined,
    "out of stock": _out_of_stock,
    "confirmed, then cancelled": _cancelled,
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one order took, fan-out to read models, mail and webhooks left out.

    :ivar commits: transactions that changed something, and ``unfollowed`` as many with a commit
        for each hop.
    """

    messages: int
    handlings: int
    commits: int
    unfollowed: int


def cost(shop: Shop, flow: str, way: str, settings: Settings) -> Cost:
    """Let an order go a way twice, and count."""
    settings.OUTBOX_FOLLOW_UP = False
    _, unfollowed = _play(shop, flow, way)
    settings.OUTBOX_FOLLOW_UP = True
    order, commits = _play(shop, flow, way)
    return Cost(
        messages=Message.objects.filter(correlation_id=order.id).count(),
        handlings=_handlings(order.id),
        commits=commits,
        unfollowed=unfollowed,
    )


def files_of(flow: str, order_ids: list[UUID]) -> list[str]:
    """List the files of what handled these orders' messages, and of the saga that led them."""
    found = {
        getfile(saga)
        for instance in SagaInstance.objects.filter(correlation_id__in=order_ids)
        if (saga := definitions[instance.definition, instance.version]).flow == flow
    }
    for message in Message.objects.filter(correlation_id__in=order_ids):
        for subscriber in message.subscribers:
            found |= _file_of(subscriber, message.type)
    return sorted(str(Path(each).relative_to(settings.BASE_DIR)) for each in found)


def carry_out() -> None:
    """Deliver to whoever carries a flow, one after the other by name; read models come later.

    Who is owed something since the same moment comes in no order of its own.
    """
    while owed := [each for each in receivers(owed_names()) if each.publishes]:
        deliver_batch(min(owed, key=lambda each: each.name))


def play(shop: Shop, flow: str, way: str) -> Order:
    """Let an order go a way to its end."""
    order = WAYS[way](shop, flow)
    settle()
    return order


def _play(shop: Shop, flow: str, way: str) -> tuple[Order, int]:
    with _counting_commits() as counted:
        order = WAYS[way](shop, flow)
        carry_out()
    settle()
    return order, len(counted)


def _handlings(order_id: UUID) -> int:
    carrying = {name for name, each in subscribers.items() if each.publishes}
    messages = Message.objects.filter(correlation_id=order_id)
    return sum(len(carrying & set(each.subscribers)) for each in messages)


def _file_of(subscriber: str, message: str) -> set[str]:
    """Return where a handler stands; the engine of sagas is the same for all, and is left out."""
    if subscriber in tables:
        return {getfile(tables[subscriber].handler_of[type_of[message]])}
    called = subscribers[subscriber]
    if isinstance(called, OutsideSubscriber) and called.publishes:
        return {getfile(called.call)}
    return set()


@contextmanager
def _counting_commits() -> Iterator[list[str]]:
    """Collect a statement of each transaction that changes something and commits."""
    committed: list[str] = []
    changing: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if _WRITES.search(sql) and rest[-1]["cursor"].rowcount and not changing:
            changing.append(sql)
            transaction.on_commit(end)
        return result

    def end() -> None:
        committed.append(changing.pop())

    with connection.execute_wrapper(watch):
        yield committed
