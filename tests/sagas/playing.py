"""The messages of one order, and sagas that run without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from inventory.commands import ReleaseInventory, ReserveInventory, WantedLine
from inventory.events import InventoryReleased, InventoryReservationFailed, InventoryReserved
from orders.commands import CancelOrder, ConfirmOrder
from orders.events import (
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderedLine,
    OrderPlaced,
)
from payments.commands import (
    ChargePayment,
    Hand,
    RecordCharge,
    RecordRefund,
    RefundPayment,
    WaivePayment,
)
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentCompleted,
    PaymentFailed,
    PaymentRefundDeclined,
    PaymentRefunded,
)

ORDER = UUID(int=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)

PLACED = OrderPlaced(
    order_id=ORDER,
    customer_id=UUID(int=2),
    lines=(OrderedLine("MUG", 2, 2500),),
    amount=2500,
    currency="GBP",
    payment_method="pm_card_visa",
    placed_at=NOW,
)
PAID = PaymentCompleted(order_id=ORDER, amount=2500, currency="GBP")
TO_BE_CONFIRMED = PaymentActionRequired(
    order_id=ORDER,
    amount=2500,
    currency="GBP",
    required_at=NOW,
    until=NOW + timedelta(minutes=30),
)
ACCEPTED = PaymentAcceptedByBank(
    order_id=ORDER, amount=2500, currency="GBP", since=NOW, until=NOW + timedelta(days=14)
)
DECLINED = PaymentFailed(order_id=ORDER, decline_code="lost_card")
REFUNDED = PaymentRefunded(order_id=ORDER, amount=2500, currency="GBP")
NOT_REFUNDED = PaymentRefundDeclined(
    order_id=ORDER, amount=2500, currency="GBP", decline_code="insufficient_balance"
)
RESERVED = InventoryReserved(order_id=ORDER, reserved=())
MISSING = InventoryReservationFailed(order_id=ORDER, missing=())
RELEASED = InventoryReleased(order_id=ORDER, released=())
CONFIRMED = OrderConfirmed(order_id=ORDER, confirmed_at=NOW)
CANCELLED = OrderCancelled(order_id=ORDER, reason_code="out_of_stock", cancelled_at=NOW)
REQUESTED = OrderCancellationRequested(order_id=ORDER, reason_code="cancelled_by_staff")

CHARGE = ChargePayment(order_id=ORDER, amount=2500, currency="GBP", payment_method="pm_card_visa")
RESERVE = ReserveInventory(order_id=ORDER, lines=(WantedLine("MUG", 2),))
CONFIRM = ConfirmOrder(order_id=ORDER)
REFUND = RefundPayment(order_id=ORDER)
RELEASE = ReleaseInventory(order_id=ORDER)

BY_ADA = Hand(made_by="ada", how="in cash", reference="receipt 7")
PAID_BY_HAND = RecordCharge(order_id=ORDER, amount=2500, currency="GBP", hand=BY_ADA)
REFUNDED_BY_HAND = RecordRefund(order_id=ORDER, hand=BY_ADA)
WAIVED = WaivePayment(order_id=ORDER, amount=2500, currency="GBP", hand=BY_ADA)


def cancel(reason_code: str) -> CancelOrder:
    return CancelOrder(order_id=ORDER, reason_code=reason_code)
