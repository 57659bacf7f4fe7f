"""Refund an order completely, or the amount of a return."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from outbox.kit.rows import bulk
from payments.commands import RefundPaymentPart
from payments.ledger import Ledger, lock_ledgers
from payments.models import OPEN, OperationKind, Outcome, Payment
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

    What is only authorized is not refunded: it is released, which means that it is never captured.
    A declined refund or void is tried again under a new key.
    """
    known = lock_ledgers(command.order_id for command in commands)
    entries: list[Entry] = []
    for command in commands:
        ledger, return_id = known[command.order_id], command.return_id
        _release(ledger, command)
        before = ledger.void_of(return_id) or ledger.refund_of(return_id)
        amount = _owed(ledger, command)
        if before and before.outcome in OPEN:
            continue
        if command.closes and ledger.is_only_authorized and ledger.set_aside:
            void = ledger.enter(OperationKind.VOID, ledger.set_aside, return_id=return_id)
            entries.append((ledger, void))
        elif not amount or (before and before.outcome == Outcome.SUCCEEDED):
            announce_part_refunded(ledger, return_id, ledger.paid_for(return_id))
        elif amount > ledger.refundable:
            flag(ledger, f"a return is worth {amount}: {ledger.refundable} left")
        elif ledger.outside_charge and amount > ledger.with_gateway:
            announce_by_hand_only(ledger, amount, return_id)
        else:
            refund = ledger.enter(OperationKind.REFUND, amount, return_id=return_id)
            entries.append((ledger, refund))
    request(entries)


def _release(ledger: Ledger, command: RefundPaymentPart) -> None:
    """Enter, once, that the part of a return that is only authorized is not captured."""
    is_new = not any(
        each.kind == OperationKind.RELEASE and each.return_id == command.return_id
        for each in ledger.operations
    )
    amount = min(command.not_taken, ledger.capturable)
    if is_new and amount and ledger.is_only_authorized:
        release = ledger.enter(OperationKind.RELEASE, amount, return_id=command.return_id)
        release.outcome, release.concluded_at = Outcome.SUCCEEDED, timezone.now()
        bulk.insert([release])


def _owed(ledger: Ledger, command: RefundPaymentPart) -> int:
    """Return what is still owed to a return; waived money is not refunded."""
    settled = ledger.paid_for(command.return_id) + ledger.released_for(command.return_id)
    owed = max(0, command.amount - settled)
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
        if ledger.set_aside:
            entries.append((ledger, ledger.enter(OperationKind.VOID, ledger.set_aside)))
        elif ledger.refundable and ledger.with_gateway:
            amount = min(ledger.refundable, ledger.with_gateway)
            entries.append((ledger, ledger.enter(OperationKind.REFUND, amount)))
        elif ledger.refundable:
            announce_by_hand_only(ledger, ledger.refundable)
        else:
            announce_refunded(ledger)
    return entries
