"""Show that a human has to look after a payment, and take that back when it is over."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from outbox import conversations
from outbox.acts import record_act
from outbox.alerts import alert_operators
from payments.ledger import Ledger, lock_ledgers

LONGEST_ATTENTION = 200


def flag(
    ledger: Ledger,
    reason: str,
    *,
    subject: str = "",
    passes: bool = False,
    alert: bool | None = None,
) -> None:
    """Have a human look after a payment.

    :param subject: what the alert begins with, where the order does not say enough.
    :param passes: the ledger will say itself when it is over, else a human has to.
    :param alert: whether a human is called here; unless told otherwise, whoever waits for the
        events of what passes does that.
    """
    payment, before = ledger.payment, ledger.payment.attention_reason
    payment.attention_passes = passes and (payment.attention_passes or not payment.needs_attention)
    payment.needs_attention, payment.attention_reason = True, reason[:LONGEST_ATTENTION]
    payment.save(update_fields=["needs_attention", "attention_passes", "attention_reason"])
    calls = not passes if alert is None else alert
    if calls and payment.attention_reason != before:
        alert_operators(
            subject=subject or f"The payment of order {payment.order_id} needs attention",
            text=f"{reason}. Order {payment.order_id}." if subject else reason,
            conversation=payment.order_id,
        )


def unflag_what_is_in_order(ledgers: Iterable[Ledger]) -> None:
    """Take down the flags of payments whose ledgers owe no act any more."""
    for ledger in ledgers:
        payment = ledger.payment
        if payment.needs_attention and payment.attention_passes and not ledger.owes_an_act:
            unflag(ledger)


def unflag_what_a_human_did(ledger: Ledger) -> None:
    """Take down the flag of a payment for which a human did what the gateway did not."""
    if ledger.payment.needs_attention and ledger.payment.attention_passes:
        unflag(ledger)


@transaction.atomic
def look_after_payment(*, order_id: UUID, reason: str, by: AbstractUser) -> None:
    """Take down the flag of a payment that a human has looked after, and keep who did and why.

    :raises PermissionDenied: this person may not.
    :raises ReasonMissing: no reason is given.
    """
    if not by.has_perm("payments.look_after_payment"):
        raise PermissionDenied(f"{by} may not do that: payments.look_after_payment is needed")
    conversations.lock([order_id])
    ledger = lock_ledgers([order_id])[order_id]
    record_act(
        actor=by.get_username(),
        verb="look after payment",
        subject=str(ledger.payment),
        reason=reason,
        correlation_id=order_id,
        details={"attention_reason": ledger.payment.attention_reason, "account": by.pk},
    )
    ledger.payment.looked_after_at = timezone.now()
    ledger.payment.save(update_fields=["looked_after_at"])
    unflag(ledger)


def unflag(ledger: Ledger) -> None:
    """Take down the flag of a payment."""
    payment = ledger.payment
    payment.needs_attention, payment.attention_passes = False, False
    payment.attention_reason = ""
    payment.save(update_fields=["needs_attention", "attention_passes", "attention_reason"])
