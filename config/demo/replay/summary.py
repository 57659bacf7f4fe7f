"""Summarize the orders of a replay, from the tables of all contexts."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Sum

from config.demo.replay.books import Skip
from config.demo.replay.settling import orders_that_need_attention, orders_that_wait_long
from inventory.models import MovementKind, StockMovement
from orders.models import Order, OrderStatus
from outbox.kit.money import money
from payments.ledger import read_ledgers
from payments.models import OperationKind, Outcome, PaymentOperation

TAKEN = (OperationKind.CHARGE, OperationKind.CAPTURE)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the file's orders. Amounts are minor units of ``currency``.

    :ivar placed: sales that are orders; ``placed_now`` are those placed by this run.
    :ivar waiting: orders that wait long for their next step, such as for a person or a parcel.
    :ivar returns: completed returns of part of an order.
    :ivar set_aside: what is authorized and will be captured as the orders are sent.
    :ivar units: units reserved for these orders, released again, and written off by the file.
    :ivar seconds: from the first sale until the last order, return and write-off had ended.
    :ivar orders_per_second: ``placed_now`` divided by ``seconds``.
    """

    placed: int
    placed_now: int
    confirmed: int
    cancelled: Mapping[str, int]
    returns: int
    needs_attention: int
    waiting: int
    currency: str
    placed_amount: int
    captured: int
    refunded: int
    set_aside: int
    units: Mapping[str, int]
    skipped: Mapping[str, int]
    seconds: float
    orders_per_second: float

    def lines(self) -> list[str]:
        """Return the summary as lines of text."""
        placed, captured, refunded = (
            money(amount, self.currency)
            for amount in (self.placed_amount, self.captured, self.refunded)
        )
        ends = [f"{self.confirmed} confirmed"]
        ends += [f"{count} cancelled ({_words(why)})" for why, count in self.cancelled.items()]
        moved_money = [f"{captured} captured", f"{refunded} refunded"]
        if self.set_aside:
            moved_money.append(f"{money(self.set_aside, self.currency)} set aside until it is sent")
        moved = (f"{count:,} units {_words(what)}" for what, count in self.units.items())
        if self.returns:
            ends.append(f"{self.returns} returns of some lines")
        if self.waiting:
            ends.append(f"{self.waiting} wait for their next step")
        return [
            f"Orders   {self.placed} placed ({self.placed_now} now), worth {placed}",
            f"Ends     {', '.join(ends)}, {self.needs_attention} need attention",
            f"Money    {', '.join(moved_money)}",
            f"Stock    {', '.join(moved)}",
            *(f"Skipped  {count} x {reason}" for reason, count in self.skipped.items()),
            f"Time     {self.seconds:.1f} s, {self.orders_per_second:.1f} orders per second",
        ]


def _words(code: str) -> str:
    return code.replace("_", " ")


def summarise(  # noqa: PLR0913 - only the run knows these
    orders: Iterable[Collection[UUID]],
    *,
    currency: str,
    placed_now: int,
    returns: int,
    written_off: int,
    skipped: Counter[Skip],
    seconds: float,
) -> Summary:
    """Return the summary of orders, which are looked up in chunks."""
    by_status, cancelled, sums = Counter[str](), Counter[str](), Counter[str]()
    for some in orders:
        rows = Order.objects.filter(pk__in=some)
        by_status.update(_counts(rows.values_list("status").annotate(Count("pk"))))
        ended_so = rows.filter(status=OrderStatus.CANCELLED).values_list("reason_code")
        cancelled.update(_counts(ended_so.annotate(Count("pk"))))
        sums.update(_sums(some))
    return Summary(
        placed=sums["placed"],
        placed_now=placed_now,
        confirmed=by_status[OrderStatus.CONFIRMED] + by_status[OrderStatus.FULFILLED],
        cancelled=_by_name(cancelled),
        returns=returns,
        needs_attention=sums["needs attention"],
        waiting=sums["waiting"],
        currency=currency,
        placed_amount=sums["amount"],
        captured=sums["captured"],
        refunded=sums["refunded"],
        set_aside=sums["set aside"],
        units={
            "reserved": sums["reserved"],
            "released": sums["released"],
            "written_off": written_off,
        },
        skipped=_by_name(skipped),
        seconds=round(seconds, 3),
        orders_per_second=round(placed_now / seconds, 1),
    )


def _sums(orders: Collection[UUID]) -> Mapping[str, int]:
    amount = Order.objects.filter(pk__in=orders).aggregate(amount=Sum("amount"))["amount"]
    return {
        "placed": len(orders),
        "needs attention": len(orders_that_need_attention(orders)),
        "waiting": len(orders_that_wait_long(orders)),
        "amount": amount or 0,
        "captured": _sum(orders, TAKEN),
        "refunded": _sum(orders, (OperationKind.REFUND,)),
        "set aside": sum(ledger.capturable for ledger in read_ledgers(orders).values()),
        "reserved": _units_moved(orders, MovementKind.RESERVED),
        "released": -_units_moved(orders, MovementKind.RELEASED),
    }


def _counts(pairs: Iterable[Any]) -> Counter[str]:
    return Counter(dict(pairs))


def _by_name(counts: Mapping[Any, int]) -> dict[str, int]:
    return {str(name): counts[name] for name in sorted(counts)}


def _sum(orders: Collection[UUID], kinds: Collection[str]) -> int:
    operations = PaymentOperation.objects.filter(
        payment__order_id__in=orders, kind__in=kinds, outcome=Outcome.SUCCEEDED
    )
    return operations.aggregate(amount=Sum("amount"))["amount"] or 0


def _units_moved(orders: Collection[UUID], kind: MovementKind) -> int:
    moved = StockMovement.objects.filter(order_id__in=orders, kind=kind)
    return moved.aggregate(units=Sum("reserved_change"))["units"] or 0
