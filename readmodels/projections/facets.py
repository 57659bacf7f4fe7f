"""How the money and the goods of an order stand, by what payments and inventory say of them.

Nobody sets either: each event moves them on from where they are, and one that comes late or twice
moves nothing. Reconstructed events lead to the same state.
"""

from inventory.events import (
    InventoryAllotted,
    InventoryHeld,
    InventoryReleased,
    InventoryReserved,
)
from payments.events import PaymentCompleted, PaymentRefunded, PaymentRefundFailed
from readmodels.models import OrderDetail, PaymentStatus, StockStatus

WITH_US = (PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED)
KEPT = (StockStatus.HELD, StockStatus.RESERVED)


def set_aside(row: OrderDetail) -> None:
    if row.payment_status == PaymentStatus.UNPAID:
        row.payment_status = PaymentStatus.AUTHORIZED


def taken(row: OrderDetail, event: PaymentCompleted) -> None:
    """Take in a capture; one of nothing is that of an order that was given up, or costs nothing."""
    is_waited_for = row.payment_status in (PaymentStatus.UNPAID, PaymentStatus.AUTHORIZED)
    if is_waited_for and (event.amount or not row.amount):
        row.payment_status = PaymentStatus.PAID


def gone_back(row: OrderDetail, event: PaymentRefunded) -> None:
    """Take in that nothing of the money is with us any more."""
    if event.amount or row.payment_status in WITH_US:
        row.payment_status = PaymentStatus.REFUNDED
    elif row.payment_status == PaymentStatus.AUTHORIZED:
        row.payment_status = PaymentStatus.VOIDED


def paid_out(row: OrderDetail) -> None:
    """Take in that a return has ended: some of the money is back, or all of it."""
    back = sum(each["amount"] for each in row.returns if each["completed_at"])
    if back and row.payment_status in WITH_US:
        is_all = back >= row.amount
        row.payment_status = PaymentStatus.REFUNDED if is_all else PaymentStatus.PARTLY_REFUNDED


def paid_back_in_part(row: OrderDetail) -> None:
    if row.payment_status in WITH_US:
        row.payment_status = PaymentStatus.PARTLY_REFUNDED


def came_back(row: OrderDetail, event: PaymentRefundFailed) -> None:
    """Take in that a refund of all that was left has failed; a return's is not undone by it."""
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
    """Take in a release; one of nothing says that nothing was held, or no more."""
    if event.released:
        row.stock_status = StockStatus.RELEASED


def sent(row: OrderDetail) -> None:
    if row.stock_status == StockStatus.RESERVED:
        row.stock_status = StockStatus.SENT


def given_up(row: OrderDetail) -> None:
    """Take in that an order is cancelled; of a hold that expired nobody was told."""
    if row.stock_status in KEPT:
        row.stock_status = StockStatus.RELEASED
