"""Money that is neither finally ours nor back with the customer, and since when."""

from datetime import UTC, datetime
from typing import Final

from orders.events import OrderConfirmed
from payments.events import (
    PaymentAuthorized,
    PaymentCompleted,
    PaymentPartCaptured,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentRefundedByHand,
    PaymentRefundFailed,
)
from readmodels.models import MoneyAtRisk, Risk
from readmodels.projection import Projection

UNTOLD: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of events of earlier code, which did not state it: older than everything else."""

money_at_risk = Projection("money_at_risk", MoneyAtRisk)


@money_at_risk.on(PaymentAuthorized)
def authorized(row: MoneyAtRisk, event: PaymentAuthorized) -> None:
    if not row.captured:
        row.currency = event.currency
        row.authorized = event.amount
        row.since = event.authorized_at or UNTOLD
    assess(row)


@money_at_risk.on(PaymentCompleted)
def completed(row: MoneyAtRisk, event: PaymentCompleted) -> None:
    if event.amount:
        row.currency = event.currency
        row.captured = event.amount
        row.authorized = 0
        row.since = event.captured_at or UNTOLD
    assess(row)


@money_at_risk.on(PaymentPartCaptured)
def part_captured(row: MoneyAtRisk, event: PaymentPartCaptured) -> None:
    row.captured += event.amount
    row.authorized = min(row.authorized, event.left)
    assess(row)


@money_at_risk.on(PaymentRefunded)
def refunded(row: MoneyAtRisk, _event: PaymentRefunded) -> None:
    row.authorized = row.captured = 0
    row.failed_refunds = {}
    assess(row)


@money_at_risk.on(PaymentPartRefunded)
def part_refunded(row: MoneyAtRisk, event: PaymentPartRefunded) -> None:
    row.failed_refunds.pop(str(event.return_id), None)
    if event.left is not None:
        row.authorized = min(row.authorized, event.left)
    assess(row)


@money_at_risk.on(PaymentRefundedByHand)
def refunded_by_hand(row: MoneyAtRisk, event: PaymentRefundedByHand) -> None:
    if failed := row.failed_refunds.get(str(event.return_id or "")):
        failed["amount"] -= event.amount
    elif event.return_id is None:
        row.captured = max(0, row.captured - event.amount)
    assess(row)


@money_at_risk.on(PaymentRefundFailed)
def refund_failed(row: MoneyAtRisk, event: PaymentRefundFailed) -> None:
    row.currency = event.currency
    at = event.failed_at.astimezone(UTC).isoformat(timespec="microseconds")
    row.failed_refunds[str(event.return_id or "")] = {"amount": event.amount, "at": at}
    assess(row)


@money_at_risk.on(OrderConfirmed)
def confirmed(row: MoneyAtRisk, _event: OrderConfirmed) -> None:
    row.is_confirmed = True
    assess(row)


def assess(row: MoneyAtRisk) -> None:
    """Set the risk: a failed refund, not captured, or captured for an unconfirmed order."""
    if failed := list(row.failed_refunds.values()):
        row.risk, row.amount = Risk.NOT_REFUNDED, sum(each["amount"] for each in failed)
        row.since = datetime.fromisoformat(min(each["at"] for each in failed))
    elif row.authorized:
        row.risk, row.amount = Risk.NOT_CAPTURED, row.authorized
    elif row.captured and not row.is_confirmed:
        row.risk, row.amount = Risk.NOT_CONFIRMED, row.captured
    else:
        row.risk, row.amount, row.since = "", 0, None
