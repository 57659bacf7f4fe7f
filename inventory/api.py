"""The API of inventory: staff receive, adjust and write off stock."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inventory.models import StockItem, StockRefused
from inventory.services import stock_taking
from outbox.kit.http.fields import Reason, Strict, WholeNumber, key_in_path
from outbox.kit.http.refusals import Refusals
from outbox.kit.skus import LONGEST_SKU

MOST = 999_999_999


class StockChangeRefused(APIException):
    """Fewer units would be left than orders hold, or there is nothing to change."""

    status_code = 409
    default_code = "stock_refused"


class UnitsSerializer(Strict):
    units = WholeNumber(min_value=1, max_value=MOST)
    reason = Reason()


class CorrectionSerializer(UnitsSerializer):
    units = WholeNumber(
        min_value=-MOST,
        max_value=MOST,
        help_text="Counted units minus recorded units; negative if fewer were counted.",
    )


class StockSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField(help_text="Units that orders hold.")
    available = serializers.IntegerField()


class _ChangeStock(APIView):
    change: ClassVar[Callable[..., StockItem]]
    asks: ClassVar[type[Strict]]
    refusals: ClassVar[Refusals] = {
        stock_taking.NotStocked: NotFound,
        StockRefused: StockChangeRefused,
    }

    def post(self, request: Request, sku: str) -> Response:
        sku = key_in_path(sku, longest=LONGEST_SKU)
        wanted = type(self).asks.read(request)
        item = type(self).change(sku=sku, actor=request.user.get_username(), **wanted)
        return Response(
            {
                "sku": item.sku,
                "on_hand": item.on_hand,
                "reserved": item.reserved,
                "available": item.available,
            }
        )


def _described(verb: str, summary: str, asks: type[Strict], units: int) -> Any:
    change = extend_schema(
        operation_id=f"stock_{verb}",
        summary=summary,
        request=asks,
        responses=StockSerializer,
        examples=[
            OpenApiExample("Why", {"units": units, "reason": "as counted"}, request_only=True)
        ],
        tags=["stock"],
    )
    return extend_schema_view(post=change)


@_described("receive", "Receive goods", UnitsSerializer, 12)
class ReceiveStock(_ChangeStock):
    needs: ClassVar = {"POST": "inventory.receive_stock"}
    change, asks = staticmethod(stock_taking.receive), UnitsSerializer


@_described("adjust", "Correct what is on hand", CorrectionSerializer, -2)
class AdjustStock(_ChangeStock):
    needs: ClassVar = {"POST": "inventory.adjust_stock"}
    change, asks = staticmethod(stock_taking.adjust), CorrectionSerializer


@_described("write_off", "Write goods off", UnitsSerializer, 1)
class WriteOffStock(_ChangeStock):
    needs: ClassVar = {"POST": "inventory.write_off_stock"}
    change, asks = staticmethod(stock_taking.write_off), UnitsSerializer
