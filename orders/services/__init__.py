"""Use cases of orders, one transaction each.

Those that handlers call join the transaction of the turn without a savepoint: if one fails, the
whole turn is repeated.
"""

from orders.services.accounts import (
    ConfirmationRefused,
    PasswordRefused,
    account_called,
    ask_for_other_email,
    ask_for_password,
    ask_to_sign_up,
    change_password,
    confirm,
    end_sessions,
    forget_confirmations,
)
from orders.services.addresses import (
    OrderAddressRefused,
    TooManyAddresses,
    add_address,
    change_address,
    remove_address,
)
from orders.services.approvals import (
    RefundNeedsAnother,
    ReturnRefused,
    approve_refund,
    refuse_refund,
)
from orders.services.attention import (
    await_payments,
    flag_order,
    flag_overdue_orders,
    flag_pending_order,
)
from orders.services.backordering import await_what_is_missing, place_what_is_held
from orders.services.cancelling import cancel_orders, cancel_pending_orders, request_cancellation
from orders.services.closing import close_order
from orders.services.confirming import confirm_orders
from orders.services.customers import (
    CustomerKnown,
    add_customer,
    change_profile,
    correct_customer,
)
from orders.services.erasing import ErasureRefused, customer_erased, erase_customer
from orders.services.guests import account_of_guests, guest_called, guest_token, order_behind
from orders.services.importing import ReferenceTaken, import_order
from orders.services.on_behalf import (
    cancel_for_customer,
    close_by_staff,
    give_up_for_customer,
    return_for_customer,
)
from orders.services.packing import (
    LineToPack,
    ShipmentRefused,
    pack_shipment,
    unpack_shipment,
)
from orders.services.placing import (
    NotInParts,
    TotalDiffers,
    UnknownFlow,
    place_in_parts,
    place_order,
)
from orders.services.products import (
    NeverActive,
    ProductKnown,
    change_product,
    offer_product,
    set_price,
)
from orders.services.quotes import (
    QuoteDiffers,
    QuoteExpired,
    QuoteUnknown,
    QuoteUsed,
    quote_order,
)
from orders.services.receiving import (
    LineReceived,
    await_return,
    give_up_return,
    receive_return,
)
from orders.services.refunds import give_refund, request_refund
from orders.services.returnable import LineToReturn
from orders.services.returns import complete_return, request_return
from orders.services.shipping import (
    complete_dispatch,
    dispatch_shipment,
    hold_back_shipment,
)
from orders.services.vouchers import VoucherKnown, end_voucher, issue_voucher

__all__ = [
    "ConfirmationRefused",
    "CustomerKnown",
    "ErasureRefused",
    "LineReceived",
    "LineToPack",
    "LineToReturn",
    "NeverActive",
    "NotInParts",
    "OrderAddressRefused",
    "PasswordRefused",
    "ProductKnown",
    "QuoteDiffers",
    "QuoteExpired",
    "QuoteUnknown",
    "QuoteUsed",
    "ReferenceTaken",
    "RefundNeedsAnother",
    "ReturnRefused",
    "ShipmentRefused",
    "TooManyAddresses",
    "TotalDiffers",
    "UnknownFlow",
    "VoucherKnown",
    "account_called",
    "account_of_guests",
    "add_address",
    "add_customer",
    "approve_refund",
    "ask_for_other_email",
    "ask_for_password",
    "ask_to_sign_up",
    "await_payments",
    "await_return",
    "await_what_is_missing",
    "cancel_for_customer",
    "cancel_orders",
    "cancel_pending_orders",
    "change_address",
    "change_password",
    "change_product",
    "change_profile",
    "close_by_staff",
    "close_order",
    "complete_dispatch",
    "complete_return",
    "confirm",
    "confirm_orders",
    "correct_customer",
    "customer_erased",
    "dispatch_shipment",
    "end_sessions",
    "end_voucher",
    "erase_customer",
    "flag_order",
    "flag_overdue_orders",
    "flag_pending_order",
    "forget_confirmations",
    "give_refund",
    "give_up_for_customer",
    "give_up_return",
    "guest_called",
    "guest_token",
    "hold_back_shipment",
    "import_order",
    "issue_voucher",
    "offer_product",
    "order_behind",
    "pack_shipment",
    "place_in_parts",
    "place_order",
    "place_what_is_held",
    "quote_order",
    "receive_return",
    "refuse_refund",
    "remove_address",
    "request_cancellation",
    "request_refund",
    "request_return",
    "return_for_customer",
    "set_price",
    "unpack_shipment",
]
