"""Use cases of orders, one transaction each.

Those that handlers call join the transaction of the turn without a savepoint: when they fail, the
whole turn is taken again.
"""

from orders.services.backordering import place_what_is_held
from orders.services.cancelling import cancel_orders, cancel_pending_orders, request_cancellation
from orders.services.confirming import confirm_orders, fulfil_order
from orders.services.flagging import OVERDUE_AFTER, flag_order, flag_overdue_orders
from orders.services.placing import NotInParts, UnknownFlow, place_order
from orders.services.refunding import (
    RefundNeedsAnother,
    approve_refund,
    give_refund,
    refuse_refund,
)
from orders.services.returning import (
    LineToReturn,
    ReturnRefused,
    complete_return,
    request_refund,
    request_return,
)

__all__ = [
    "OVERDUE_AFTER",
    "LineToReturn",
    "NotInParts",
    "RefundNeedsAnother",
    "ReturnRefused",
    "UnknownFlow",
    "approve_refund",
    "cancel_orders",
    "cancel_pending_orders",
    "complete_return",
    "confirm_orders",
    "flag_order",
    "flag_overdue_orders",
    "fulfil_order",
    "give_refund",
    "place_order",
    "place_what_is_held",
    "refuse_refund",
    "request_cancellation",
    "request_refund",
    "request_return",
]
