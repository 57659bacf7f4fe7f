"""Problems of the orders API, and which refusal of a service becomes which problem."""

from typing import Final

from rest_framework.exceptions import APIException, NotFound, ValidationError

from orders import pricing, services
from orders.api.account_problems import NoAddressThere
from orders.models import (
    Customer,
    CustomerAddress,
    IllegalMove,
    Order,
    OrderReturn,
    Product,
    RefundProposal,
    Shipment,
)
from orders.models.postal import NoSuchAddress
from outbox.kit.http.refusals import Refusals


class OrderNotPlaced(ValidationError):
    """The request is well formed, but no such order can be placed."""

    status_code = 422
    default_code = "order_refused"


class SkuNotForSale(OrderNotPlaced):
    """A line names a product that is not for sale: order one of the listed products."""

    default_code = "unknown_sku"


class PriceMissing(OrderNotPlaced):
    """A line names a product without a price in this currency: see its `prices`."""

    default_code = "no_price"


class TotalNotAsExpected(APIException):
    """The order would not cost what was expected: show the new total, and ask again."""

    status_code = 409
    default_code = "total_differs"


class PriceNotKnown(APIException):
    """What the order costs cannot be found out at this moment, so nothing is ordered."""

    status_code = 503
    default_code = "price_unknown"
    wait = 5


class VoucherNotTaken(OrderNotPlaced):
    """A voucher does not exist, or not for this order: leave it out."""

    default_code = "voucher_refused"


class VoucherLimitReached(APIException):
    """As many orders as it allows use a voucher already: leave it out."""

    status_code = 409
    default_code = "voucher_used_up"


class NoSuchQuote(OrderNotPlaced):
    """The customer has no such quote: ask for one."""

    default_code = "quote_unknown"


class QuoteIsUsed(APIException):
    """An order has taken the quote already: the detail says which."""

    status_code = 409
    default_code = "quote_used"


class QuoteIsOver(APIException):
    """The quote is no longer valid: ask for a new one."""

    status_code = 409
    default_code = "quote_expired"


class QuoteIsOther(APIException):
    """The order is not what was quoted: leave out what differs, or ask for a new quote."""

    status_code = 409
    default_code = "quote_differs"


class NotCancellable(APIException):
    """The order cannot be cancelled as it stands: some has left, or a return is under way."""

    status_code = 409
    default_code = "order_not_cancellable"


class NotReturnable(APIException):
    """Less of the order can be returned or refunded: see what is left of its lines."""

    status_code = 409
    default_code = "return_refused"


class NotShippable(APIException):
    """The shipment cannot be packed or sent as asked: see what is left of the order's lines."""

    status_code = 409
    default_code = "shipment_refused"


class AnotherPersonNeeded(APIException):
    """The proposer of a refund cannot decide on it: another person has to."""

    status_code = 409
    default_code = "another_person_needed"


class AlreadyThere(APIException):
    """It exists already: change it instead, or choose another name."""

    status_code = 409
    default_code = "already_there"


class ListNotImported(APIException):
    """The list has problems, or would change something else by now: preview it again."""

    status_code = 409
    default_code = "list_refused"


class TooMany(APIException):
    """As many are kept as may be: remove one first."""

    status_code = 409
    default_code = "too_many"


def _unknown_sku(error: pricing.UnknownSku) -> SkuNotForSale:
    return SkuNotForSale({"lines": {str(error.place): {"sku": [str(error)]}}})


def _not_priced(error: pricing.NotPriced) -> PriceMissing:
    return PriceMissing({"lines": {str(error.place): {"sku": [str(error)]}}})


def _voucher_refused(error: pricing.VoucherRefused) -> VoucherNotTaken:
    return VoucherNotTaken({"vouchers": {str(error.place): [str(error)]}})


PLACING: Final[Refusals] = {
    services.QuoteUnknown: lambda error: NoSuchQuote({"quote_id": [str(error)]}),
    services.QuoteUsed: QuoteIsUsed,
    services.QuoteExpired: QuoteIsOver,
    services.QuoteDiffers: QuoteIsOther,
    pricing.VoucherRefused: _voucher_refused,
    pricing.VoucherUsedUp: VoucherLimitReached,
    services.NotInParts: lambda error: OrderNotPlaced({"partial": [str(error)]}),
    services.TotalDiffers: TotalNotAsExpected,
    pricing.PriceUnknown: PriceNotKnown,
    services.OrderAddressRefused: lambda error: OrderNotPlaced({error.place: error.errors}),
    pricing.UnknownSku: _unknown_sku,
    pricing.NotPriced: _not_priced,
    pricing.OrderRefused: lambda error: OrderNotPlaced({"lines": [str(error)]}),
}
CANCELLING: Final[Refusals] = {
    IllegalMove: NotCancellable,
    services.ReturnRefused: NotCancellable,
}
GIVING_BACK: Final[Refusals] = {
    IllegalMove: NotReturnable,
    services.ReturnRefused: NotReturnable,
    services.RefundNeedsAnother: AnotherPersonNeeded,
    Order.DoesNotExist: lambda _: NotFound("There is no such order."),
    OrderReturn.DoesNotExist: lambda _: NotFound("There is no such return."),
    RefundProposal.DoesNotExist: lambda _: NotFound("There is no such proposal."),
}
SHIPPING: Final[Refusals] = {
    services.ShipmentRefused: NotShippable,
    Order.DoesNotExist: lambda _: NotFound("There is no such order."),
    Shipment.DoesNotExist: lambda _: NotFound("There is no such shipment."),
}
KEEPING: Final[Refusals] = {
    services.CustomerKnown: AlreadyThere,
    services.TooManyAddresses: TooMany,
    NoSuchAddress: lambda error: NoAddressThere(error.errors),
    CustomerAddress.DoesNotExist: lambda _: NotFound("There is no such address."),
    services.ProductKnown: AlreadyThere,
    services.NeverActive: lambda error: ValidationError({"active_until": [str(error)]}),
    Customer.DoesNotExist: lambda _: NotFound("There is no such customer."),
    Product.DoesNotExist: lambda _: NotFound("There is no such product."),
}
