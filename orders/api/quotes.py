"""Ask what an order costs."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import pricing, services
from orders.api.access import customer_of
from orders.api.priced_first import priced_first
from orders.api.problems import PLACING
from orders.serializers.quotes import NewQuoteSerializer, QuoteSerializer
from outbox.kit.http.permissions import AUTHENTICATED


class AskForQuote(APIView):
    """Price an order for the requesting customer, and promise the price for a while."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    scopes: ClassVar = {"POST": "orders:place"}
    refusals = PLACING
    prepared = staticmethod(priced_first)

    @extend_schema(
        operation_id="quotes_ask",
        summary="Ask for a quote",
        description=(
            "What an order costs, with vouchers, shipping and tax. Until `expires_at` an order "
            "with its `quote_id` costs just that, whatever prices become, once. Goods and "
            "vouchers are not held meanwhile."
        ),
        request=NewQuoteSerializer,
        responses={201: QuoteSerializer},
        examples=[
            OpenApiExample(
                "Two mugs, with a voucher",
                {"lines": [{"sku": "MUG-01", "quantity": 2}], "vouchers": ["SPRING"]},
                request_only=True,
            ),
            OpenApiExample(
                "Their price",
                {
                    "id": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4",
                    "expires_at": "2026-01-31T12:30:00Z",
                    "amount": 2749,
                    "currency": "GBP",
                    "country": "GB",
                    "lines": [
                        {
                            "number": 1,
                            "sku": "MUG-01",
                            "name": "Mug",
                            "quantity": 2,
                            "unit_price": 1250,
                            "amount": 2500,
                        }
                    ],
                    "adjustments": [
                        {
                            "kind": "voucher",
                            "amount": -250,
                            "reason": "SPRING",
                            "line": None,
                            "included": False,
                            "rate": None,
                            "jurisdiction": "",
                        },
                        {
                            "kind": "shipping",
                            "amount": 499,
                            "reason": "shipping to GB",
                            "line": None,
                            "included": False,
                            "rate": None,
                            "jurisdiction": "",
                        },
                    ],
                },
                response_only=True,
                status_codes=["201"],
            ),
        ],
        tags=["orders"],
    )
    def post(self, request: Request) -> Response:
        customer = customer_of(request)
        wanted: dict[str, Any] = NewQuoteSerializer.read(request)
        lines = [pricing.NewLine(**line) for line in wanted.pop("lines")]
        quote = services.quote_order(customer=customer, lines=lines, **wanted)
        return Response(QuoteSerializer(quote).data, status=201)
