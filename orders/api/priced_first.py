"""Call a price provider before the transaction of a request with an ``Idempotency-Key`` begins."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rest_framework.exceptions import APIException
from rest_framework.request import Request

from orders import pricing
from orders.api.access import customer_of
from orders.pricing.consulting import calls_outside, remembered
from orders.serializers.orders import PricedRequestSerializer
from orders.services.addresses import country_of, frozen


@contextmanager
def priced_first(request: Request) -> Iterator[None]:
    """Remember what a provider outside says about the order or quote that is asked for.

    What is wrong with the request, or with its price, is the view's to refuse.
    """
    if not calls_outside():
        yield
        return
    with remembered():
        with suppress(APIException, pricing.OrderRefused):
            _price(request)
        yield


def _price(request: Request) -> None:
    wanted = PricedRequestSerializer(data=request.data)
    wanted.is_valid(raise_exception=True)
    fields = wanted.validated_data
    customer = customer_of(request)
    pricing.price_order(
        [pricing.NewLine(**line) for line in fields["lines"]],
        customer_id=customer.id,
        country=country_of(frozen(customer, fields)) or fields.get("country", customer.country),
        currency=fields.get("currency"),
        vouchers=fields.get("vouchers", ()),
    )
