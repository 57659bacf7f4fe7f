"""Which letter an event sends to the customer, and the facts in it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

from orders.events import (
    OrderBackordered,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderReturnCompleted,
    OrderReturnExpected,
    OrderReturnGivenUp,
    ReturnedLine,
    ShipmentDispatched,
)
from orders.flows import RESERVE_FIRST
from orders.models import Order, OrderLine
from outbox.messages import Event
from payments.events import (
    PaymentActionRequired,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentRefundedByHand,
)


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of a product in a letter; ``amount`` is in minor units, if it says what they cost."""

    quantity: int
    name: str
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is said to a customer.

    :ivar template: its name in the folder of the language.
    :ivar goods: what the letter lists, ``with_total`` with the order's adjustments and total.
    :ivar missing: what it lists of goods that were not in stock.
    :ivar amounts: amounts of money in minor units, by their names in the template.
    :ivar facts: whatever else the template shows.
    """

    template: str
    goods: list[Goods] = field(default_factory=list)
    missing: list[Goods] = field(default_factory=list)
    with_total: bool = False
    amounts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


Content: TypeAlias = Callable[[Order, Any], Letter | None]

LETTERS: Final[dict[type[Event], Content]] = {}
"""By event, what makes its letter, or ``None`` if there is nothing to say."""

C = TypeVar("C", bound=Content)


def written_for(*events: type[Event]) -> Callable[[C], C]:
    """Make a function write the letter of some events."""

    def register(content: C) -> C:
        for event in events:
            LETTERS[event] = content
        return content

    return register


@written_for(OrderPlaced)
def placed(order: Order, _: OrderPlaced) -> Letter | None:
    """Tell of an order that did not wait: of one that did, the customer knows already."""
    if order.partial:
        return None
    return Letter(template="placed", goods=_listed(order), with_total=True)


@written_for(OrderBackordered)
def waiting(_: Order, event: OrderBackordered) -> Letter | None:
    """Tell of an order that is sent in parts; the letter of the first part tells of its rest."""
    if event.backorder_of:
        return None
    goods = [Goods(line.quantity, line.name or line.sku, line.amount) for line in event.lines]
    return Letter(template="placed", goods=goods, facts={"in_parts": True})


@written_for(PaymentActionRequired)
def needs_you(_: Order, event: PaymentActionRequired) -> Letter:
    return Letter(template="needs_you", amounts={"due": event.amount}, facts={"until": event.until})


@written_for(OrderConfirmed)
def confirmed(order: Order, _: OrderConfirmed) -> Letter:
    rest = OrderLine.objects.filter(order__backorder_of=order).order_by("number")
    missing = _goods(OrderLine(**line) for line in order.missing) or _goods(rest)
    return Letter(
        template="confirmed",
        goods=_listed(order),
        missing=missing,
        with_total=True,
        facts={"is_paid": order.flow != RESERVE_FIRST},
    )


@written_for(ShipmentDispatched)
def shipped(order: Order, event: ShipmentDispatched) -> Letter:
    lines = {line.number: line for line in order.lines.order_by("number")}
    units = sum(line.quantity for line in event.lines)
    return Letter(
        template="shipped",
        goods=[Goods(line.quantity, lines[line.number].name or line.sku) for line in event.lines],
        facts={
            "carrier": event.carrier,
            "tracking": event.tracking,
            "is_all": units == sum(line.quantity for line in lines.values()),
        },
    )


@written_for(OrderCancelled)
def cancelled(_: Order, event: OrderCancelled) -> Letter:
    return Letter(template="cancelled", facts={"reason_code": event.reason_code})


@written_for(PaymentRefunded, PaymentPartRefunded, PaymentRefundedByHand)
def refunded(
    _: Order, event: PaymentRefunded | PaymentPartRefunded | PaymentRefundedByHand
) -> Letter | None:
    if not event.amount:
        return None
    by_hand = isinstance(event, PaymentRefundedByHand)
    return Letter(
        template="refunded", amounts={"refund": event.amount}, facts={"is_by_hand": by_hand}
    )


@written_for(OrderReturnExpected)
def return_expected(order: Order, event: OrderReturnExpected) -> Letter:
    return Letter(
        template="return_expected",
        goods=_units(order, event.expected),
        amounts={"worth": event.worth},
        facts={"until": event.until},
    )


@written_for(OrderReturnGivenUp)
def return_given_up(_: Order, _event: OrderReturnGivenUp) -> Letter:
    return Letter(template="return_given_up")


@written_for(OrderReturnCompleted)
def returned(order: Order, event: OrderReturnCompleted) -> Letter:
    back = order.returns.filter(pk=event.return_id).first()
    lines = [ReturnedLine(**line) for line in (back and back.lines) or ()]
    return Letter(template="returned", goods=_units(order, lines), amounts={"worth": event.amount})


def _units(order: Order, lines: Iterable[ReturnedLine]) -> list[Goods]:
    units = {line.number: line.quantity for line in lines}
    return [
        Goods(units[line.number], line.name or line.sku)
        for line in order.lines.order_by("number")
        if line.number in units
    ]


def _listed(order: Order) -> list[Goods]:
    return _goods(order.lines.order_by("number"))


def _goods(lines: Iterable[OrderLine]) -> list[Goods]:
    return [Goods(line.quantity, line.name or line.sku, line.amount) for line in lines]
