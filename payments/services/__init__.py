"""Use cases of payments: requests to the ledger, and the gateway's answers.

They join the turn's transaction without a savepoint: a failure rolls back and repeats the whole
turn.
"""

from payments.services.attention import flag, look_after_payment
from payments.services.capturing import NothingAuthorized, capture_parts
from payments.services.concluding import conclude, leave_unresolved
from payments.services.hand_refunds import enter_hand_refund, owed_to_return, under_way
from payments.services.postponing import action_required_of, is_still_postponed
from payments.services.recording import (
    record_charges,
    record_refund_parts,
    record_refunds,
    was_overtaken,
)
from payments.services.refunding import refund_orders, refund_parts
from payments.services.taking import authorize_orders, charge_orders
from payments.services.waiting import leave_unanswered_unknown, leave_unknown

__all__ = [
    "NothingAuthorized",
    "action_required_of",
    "authorize_orders",
    "capture_parts",
    "charge_orders",
    "conclude",
    "enter_hand_refund",
    "flag",
    "is_still_postponed",
    "leave_unanswered_unknown",
    "leave_unknown",
    "leave_unresolved",
    "look_after_payment",
    "owed_to_return",
    "record_charges",
    "record_refund_parts",
    "record_refunds",
    "refund_orders",
    "refund_parts",
    "under_way",
    "was_overtaken",
]
