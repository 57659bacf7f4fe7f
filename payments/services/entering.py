"""Enter operations that we did not request, or that were done although declined."""

from dataclasses import replace
from uuid import UUID

from django.utils import timezone

from payments.gateways.results import Declined, Succeeded
from payments.ledger import Ledger
from payments.models import BEGINNINGS, EFFECTIVE, OPEN, OperationKind, Outcome, PaymentOperation
from payments.services.announcements import (
    announce_captured,
    announce_part_captured,
    announce_part_refunded,
    announce_refunded,
)
from payments.services.attention import flag
from payments.services.matching import News
from payments.services.recording import GOING_BACK, excess_of
from payments.services.refunding import return_money
from payments.services.requesting import request

DECLINED_BEFORE = " (declined)"
"""Suffix of a declined operation's key once the operation that was done has that key."""

AT_MOST_ONE = (OperationKind.CAPTURE, OperationKind.VOID)
"""A payment has at most one operation of these kinds under way, and one that ends it."""


def enter_after_all(ledger: Ledger, operation: PaymentOperation, news: News) -> None:
    """Enter a declined operation that was done, as a new one: the decline was published."""
    if _is_barred(ledger, operation.kind):
        flag(ledger, f"{operation} stands, but the gateway says {news}")
        return
    key = operation.idempotency_key
    operation.idempotency_key = f"{key}{DECLINED_BEFORE}"
    operation.save(update_fields=["idempotency_key"])
    instead = [
        each
        for each in ledger.operations
        if each.outcome in EFFECTIVE and (each.kind, each.return_id) == _purpose(operation)
    ]
    line = _enter(ledger, replace(news, key=key), amount=operation.amount)
    line.return_id = None if instead else operation.return_id
    line.shipment_id, line.rest_stays = operation.shipment_id, operation.rest_stays
    line.excess = any(each.outside for each in instead) and operation.kind in GOING_BACK
    _conclude(ledger, line)
    flag(
        ledger,
        f"{operation.kind} of {line.amount} counted as declined ({operation.decline_code}),"
        " and was made",
        subject=f"A {operation.kind} was made after all",
    )


def enter_unasked(ledger: Ledger, news: News) -> bool:
    """Enter an operation that we did not request; return whether that was possible."""
    begun = ledger.beginning
    if begun is None or begun.outcome in OPEN or news.kind in BEGINNINGS or not _name(ledger, news):
        return False
    if isinstance(news.result, Declined):
        # Such a refund may fail before its success is reported, which then must not count.
        if news.kind == OperationKind.REFUND and news.reference:
            line = _enter(ledger, news, amount=0)
            line.made_there = True
            line.save()
            return True
        return False
    if begun.outcome == Outcome.DECLINED or _is_barred(ledger, news.kind):
        return news.kind == OperationKind.VOID
    line = _enter(ledger, news, amount=ledger.capturable)
    line.made_there = True
    _conclude(ledger, line)
    flag(
        ledger,
        f"{news.kind} {news.reference} of {line.amount} was made at the gateway without us",
        subject=f"A {news.kind} was made at the gateway",
    )
    return True


def own_up(ledger: Ledger, operation: PaymentOperation, news: News) -> None:
    """Turn a refund entered by hand into the gateway's own, if it was made there."""
    if operation.outside and operation.kind == OperationKind.REFUND and _name(ledger, news):
        operation.idempotency_key = _name(ledger, news)
        operation.outside, operation.made_there = False, True
        operation.save(update_fields=["idempotency_key", "outside", "made_there"])


def _purpose(operation: PaymentOperation) -> tuple[str, UUID | None]:
    return operation.kind, operation.return_id


def _was_back(ledger: Ledger, line: PaymentOperation) -> bool:
    """Tell whether everything was refunded before this line."""
    return not Ledger(ledger.payment, [e for e in ledger.operations if e is not line]).left


def _is_barred(ledger: Ledger, kind: str) -> bool:
    """Tell whether the ledger cannot have another effective operation of this kind."""
    if kind in BEGINNINGS:
        begun = (each for each in ledger.operations if each.kind in BEGINNINGS and not each.outside)
        return any(each.outcome in EFFECTIVE for each in begun)
    if kind not in AT_MOST_ONE:
        return False
    is_under_way = bool(ledger.open_operations(*AT_MOST_ONE))
    return is_under_way or not ledger.set_aside


def _enter(ledger: Ledger, news: News, *, amount: int) -> PaymentOperation:
    """Add a reported operation; ``amount`` is used if the report has none."""
    said = news.result.amount if isinstance(news.result, Succeeded) else None
    taken = {each.sequence for each in ledger.operations if each.kind == news.kind}
    line = ledger.enter(OperationKind(news.kind), amount if said is None else said)
    if (number := _own_number(ledger, news)) and number not in taken:
        line.sequence = number
    line.idempotency_key = _name(ledger, news)
    line.record(news.result, timezone.now(), currency=ledger.payment.currency)
    line.attempts = 0
    return line


def _name(ledger: Ledger, news: News) -> str:
    """Return an unused key for an operation: ours, or the gateway's name; empty if neither."""
    own = news.key if news.key.startswith(f"{ledger.payment.order_id}:") else ""
    for name in (own, news.reference):
        if name and not PaymentOperation.objects.filter(idempotency_key=name).exists():
            return name
    return ""


def _own_number(ledger: Ledger, news: News) -> int:
    """Return the number in a key that a lost database of ours has given; 0 if none."""
    own, _, number = news.key.rpartition(":")
    is_own = own == f"{ledger.payment.order_id}:{news.kind}" and number.isascii()
    return int(number) if is_own and number.isdecimal() and len(number) < 5 else 0


def _conclude(ledger: Ledger, line: PaymentOperation) -> None:
    """Store an operation, and publish what follows from it."""
    is_settled = ledger.outside_charge is not None
    line.came_late = ledger.payment.given_up or is_settled or line.kind in BEGINNINGS
    line.excess |= line.kind == OperationKind.REFUND and (is_settled or _was_back(ledger, line))
    line.save()
    if is_settled:
        request(excess_of(ledger))
        if line.kind in GOING_BACK and ledger.has_nothing_forgone:
            announce_refunded(ledger)
    elif line.kind in BEGINNINGS:
        ledger.payment.given_up = True
        ledger.payment.save(update_fields=["given_up"])
    elif line.kind == OperationKind.CAPTURE and not line.came_late:
        if line.shipment_id is None:
            announce_captured(ledger)
        else:
            announce_part_captured(ledger, line.shipment_id)
    elif line.return_id is not None:
        announce_part_refunded(ledger, line.return_id, ledger.paid_for(line.return_id))
    if ledger.payment.given_up and not line.excess:
        request(return_money([ledger]))
