"""Flag payments that need a human, and clear the flags."""

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
    """Flag a payment.

    :param subject: of the alert, instead of the default that names the order.
    :param passes: the flag is cleared when the ledger is in order; else only a human clears it.
    :param alert: whether to alert operators here; by default only if the flag does not pass, since
        handlers of the published events alert otherwise.
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
    """Clear the flags that pass, of payments whose ledgers are in order."""
    for ledger in ledgers:
        payment = ledger.payment
        if payment.needs_attention and payment.attention_passes and not ledger.owes_an_act:
            unflag(ledger)


def unflag_what_a_human_did(ledger: Ledger) -> None:
    """Clear a flag that passes, after a human did what the gateway did not."""
    if ledger.payment.needs_attention and ledger.payment.attention_passes:
        unflag(ledger)


@transaction.atomic
def look_after_payment(*, order_id: UUID, reason: str, by: AbstractUser) -> None:
    """Clear the flag of a payment, and record who did and why.

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
    """Clear the flag of a payment."""
    payment = ledger.payment
    payment.needs_attention, payment.attention_passes = False, False
    payment.attention_reason = ""
    payment.save(update_fields=["needs_attention", "attention_passes", "attention_reason"])
