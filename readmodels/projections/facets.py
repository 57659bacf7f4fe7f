"""The payment status and the stock status of an order.

Each event moves a status on from its present value; a late or repeated event changes nothing.
Events that are reconstructed from the ledgers lead to the same status.
"""

from inventory.events import (
    InventoryAllotted,
    InventoryHeld,
    InventoryReleased,
    InventoryReserved,
)
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentCompleted,
    PaymentPartCaptured,
    PaymentRefunded,
    PaymentRefundFailed,
)
from readmodels.models import OrderDetail, PaymentStatus, StockStatus

NOT_YET = (PaymentStatus.UNPAID, PaymentStatus.AWAITING_CUSTOMER, PaymentStatus.PROCESSING)
WITH_US = (PaymentStatus.PARTLY_PAID, PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED)
KEPT = (StockStatus.HELD, StockStatus.RESERVED)


def to_be_confirmed(row: OrderDetail, event: PaymentActionRequired) -> None:
    if row.payment_status == PaymentStatus.UNPAID:
        row.payment_status, row.payment_until = PaymentStatus.AWAITING_CUSTOMER, event.until


def in_process(row: OrderDetail, event: PaymentAcceptedByBank) -> None:
    if row.payment_status in NOT_YET:
        row.payment_status, row.payment_until = PaymentStatus.PROCESSING, event.until


def not_paid(row: OrderDetail) -> None:
    """Apply a failure: the customer need not act any more."""
    row.payment_until = None
    if row.payment_status in NOT_YET:
        row.payment_status = PaymentStatus.UNPAID


def set_aside(row: OrderDetail) -> None:
    row.payment_until = None
    if row.payment_status in NOT_YET:
        row.payment_status = PaymentStatus.AUTHORIZED


def taken(row: OrderDetail, event: PaymentCompleted) -> None:
    """Apply a capture; one of amount 0 is of an order that was given up, or that costs nothing."""
    row.payment_until = None
    is_waited_for = row.payment_status in (*NOT_YET, PaymentStatus.AUTHORIZED)
    if is_waited_for and (event.amount or not row.amount):
        row.payment_status = PaymentStatus.PAID


def taken_in_part(row: OrderDetail, event: PaymentPartCaptured) -> None:
    """Apply the capture of a shipment's amount; one of 0 is of an order that was charged before."""
    is_waited_for = row.payment_status in (PaymentStatus.AUTHORIZED, PaymentStatus.PARTLY_PAID)
    if is_waited_for and event.amount:
        row.payment_status = PaymentStatus.PARTLY_PAID if event.left else PaymentStatus.PAID


def gone_back(row: OrderDetail, event: PaymentRefunded) -> None:
    """Apply a complete refund or void."""
    not_paid(row)
    if event.amount or row.payment_status in WITH_US:
        row.payment_status = PaymentStatus.REFUNDED
    elif row.payment_status == PaymentStatus.AUTHORIZED:
        row.payment_status = PaymentStatus.VOIDED


def paid_out(row: OrderDetail) -> None:
    """Apply completed returns: some of the money is refunded, or all of it."""
    ended = [each for each in row.returns if each["completed_at"] and each["amount"] is not None]
    back = sum(each["refunded"] for each in ended)
    if back and row.payment_status in WITH_US:
        is_all = sum(each["amount"] for each in ended) >= row.amount
        row.payment_status = PaymentStatus.REFUNDED if is_all else PaymentStatus.PARTLY_REFUNDED


def paid_back_in_part(row: OrderDetail) -> None:
    if row.payment_status in WITH_US:
        row.payment_status = PaymentStatus.PARTLY_REFUNDED


def came_back(row: OrderDetail, event: PaymentRefundFailed) -> None:
    """Apply a failed refund of all that was left; that of a return changes nothing."""
    if event.return_id is None and row.payment_status == PaymentStatus.REFUNDED:
        row.payment_status = PaymentStatus.PAID
        paid_out(row)


def held(row: OrderDetail, _event: InventoryAllotted | InventoryHeld) -> None:
    if row.stock_status == StockStatus.UNRESERVED:
        row.stock_status = StockStatus.HELD


def reserved(row: OrderDetail, _event: InventoryReserved) -> None:
    if row.stock_status in (StockStatus.UNRESERVED, StockStatus.HELD):
        row.stock_status = StockStatus.RESERVED


def released(row: OrderDetail, event: InventoryReleased) -> None:
    """Apply a release; an empty one means that nothing was held any more."""
    if event.released:
        row.stock_status = StockStatus.RELEASED


def sent_in_part(row: OrderDetail) -> None:
    if row.stock_status == StockStatus.RESERVED:
        row.stock_status = StockStatus.PARTLY_SENT


def sent(row: OrderDetail) -> None:
    """Apply that all has left that will be sent."""
    if row.stock_status in (StockStatus.RESERVED, StockStatus.PARTLY_SENT):
        row.stock_status = StockStatus.SENT
    if row.payment_status in (PaymentStatus.AUTHORIZED, PaymentStatus.PARTLY_PAID):
        row.payment_status = PaymentStatus.PAID


def given_up(row: OrderDetail) -> None:
    """Apply a cancellation; an expired hold publishes no release."""
    if row.stock_status in KEPT:
        row.stock_status = StockStatus.RELEASED
