"""Payments and their ledger, disputes, webhooks and reconciliations."""

from payments.models.customer_actions import CustomerAction
from payments.models.disputes import ENDED, Dispute
from payments.models.operations import PaymentOperation
from payments.models.outcomes import (
    BEGINNINGS,
    EFFECTIVE,
    MADE_OUTSIDE,
    NOT_CONFIRMED,
    OPEN,
    POSTPONED,
    WRONG_AMOUNT,
    OperationKind,
    Outcome,
)
from payments.models.payments import Payment, gateway_of_new_payments
from payments.models.reconciliations import Reconciliation
from payments.models.webhooks import Webhook, WebhookStatus

__all__ = [
    "BEGINNINGS",
    "EFFECTIVE",
    "ENDED",
    "MADE_OUTSIDE",
    "NOT_CONFIRMED",
    "OPEN",
    "POSTPONED",
    "WRONG_AMOUNT",
    "CustomerAction",
    "Dispute",
    "OperationKind",
    "Outcome",
    "Payment",
    "PaymentOperation",
    "Reconciliation",
    "Webhook",
    "WebhookStatus",
    "gateway_of_new_payments",
]
