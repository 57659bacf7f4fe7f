"""Refund an order completely, or the amount of a return."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from outbox.kit.rows import bulk
from payments.commands import RefundPaymentPart
from payments.ledger import Ledger, lock_ledgers
from payments.models import OPEN, OperationKind, Outcome, Payment, PaymentOperation
from payments.services.announcements import (
    announce_by_hand_only,
    announce_part_refunded,
    announce_refunded,
)
from payments.services.attention import flag
from payments.services.postponing import withdraw
from payments.services.requesting import Entry, request


@transaction.atomic(savepoint=False)
def refund_orders(order_ids: Sequence[UUID]) -> None:
    """Ensure that we keep none of these orders' money, now or later.

    An order without a payment gets one that is given up, so that a late charge is refused.
    """
    known = lock_ledgers(order_ids)
    never_charged = [
        Payment(order_id=order_id, amount=0, given_up=True)
        for order_id in order_ids
        if order_id not in known
    ]
    bulk.insert(never_charged)
    Payment.objects.filter(order_id__in=known).update(given_up=True)
    ledgers = [*known.values(), *(Ledger(payment) for payment in never_charged)]
    request(return_money(ledgers))


@transaction.atomic(savepoint=False)
def refund_parts(commands: Sequence[RefundPaymentPart]) -> None:
    """Refund returns; for one that is refunded, publish that again.

    If the amount is only authorized, the refund is entered and waits for the capture. A declined
    refund is tried again under a new key.
    """
    known = lock_ledgers(command.order_id for command in commands)
    entries: list[Entry] = []
    waiting: list[PaymentOperation] = []
    for command in commands:
        ledger = known[command.order_id]
        before = ledger.refund_of(command.return_id)
        amount = _owed(ledger, command)
        if not amount or (before and before.outcome == Outcome.SUCCEEDED):
            announce_part_refunded(ledger, command.return_id, command.amount)
        elif before and before.outcome in OPEN:
            continue
        elif amount > ledger.refundable + ledger.capturable:
            flag(ledger, f"a return is worth {amount}: {ledger.refundable} left")
        elif ledger.outside_charge and amount > ledger.with_gateway:
            announce_by_hand_only(ledger, amount, command.return_id)
        else:
            is_captured = ledger.refundable >= amount
            refund = ledger.enter(OperationKind.REFUND, amount, return_id=command.return_id)
            if is_captured:
                entries.append((ledger, refund))
            else:
                waiting.append(refund)
    bulk.insert(waiting)
    request(entries)


def _owed(ledger: Ledger, command: RefundPaymentPart) -> int:
    """Return what is still owed to a return; waived money is not refunded."""
    owed = max(0, command.amount - ledger.paid_for(command.return_id))
    return min(owed, ledger.refundable) if ledger.forgone else owed


def return_money(ledgers: Sequence[Ledger]) -> list[Entry]:
    """Enter the void or refund of what is left; if nothing is left, publish that.

    While an operation is open nothing is entered: its answer leads here again. What the customer or
    the bank has yet to settle is canceled.
    """
    entries = []
    for ledger in ledgers:
        if ledger.is_open:
            withdraw(ledger)
            continue
        if ledger.capturable:
            entries.append((ledger, ledger.enter(OperationKind.VOID, ledger.capturable)))
        elif ledger.refundable and ledger.with_gateway:
            amount = min(ledger.refundable, ledger.with_gateway)
            entries.append((ledger, ledger.enter(OperationKind.REFUND, amount)))
        elif ledger.refundable:
            announce_by_hand_only(ledger, ledger.refundable)
        else:
            announce_refunded(ledger)
    return entries
