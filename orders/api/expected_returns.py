"""List returns; receive the goods of those that expect some, or give them up."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import is_theirs, on_record
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.problems import GIVING_BACK
from orders.models import IN_STATUS, OrderReturn, ReturnStatus
from orders.serializers.expected_returns import (
    GoodsBackSerializer,
    ListedReturnSerializer,
    ReturnStateSerializer,
)
from orders.serializers.returns import ActSerializer
from outbox.kit.http.permissions import AUTHENTICATED


class ReturnFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    order = filters.UUIDFilter("order_id", label="Of this order.")
    status = filters.ChoiceFilter(
        choices=ReturnStatus.choices, method="in_status", label="In this status."
    )

    class Meta:
        model = OrderReturn
        fields: tuple[str, ...] = ()

    def in_status(self, rows: QuerySet[OrderReturn], _: str, status: str) -> QuerySet[OrderReturn]:
        """Keep the returns in a status."""
        return rows.filter(IN_STATUS[status])


@extend_schema_view(
    get=extend_schema(
        operation_id="returns_list", summary="List returns and refunds", tags=["returns"]
    )
)
class ListReturns(ListAPIView[OrderReturn]):
    """Returns and refunds, newest first."""

    needs: ClassVar = {"GET": "orders.view_orderreturn"}
    queryset = OrderReturn.objects.none()
    serializer_class = ListedReturnSerializer
    filterset_class = ReturnFilters
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[UUID]

    def get_queryset(self) -> QuerySet[Any, Any]:
        return OrderReturn.objects.select_related("order")


class ReceiveReturn(APIView):
    """Take in what came back."""

    needs: ClassVar = {"POST": "orders.receive_return"}
    refusals = GIVING_BACK

    @extend_schema(
        operation_id="returns_receive",
        summary="Receive the goods of a return",
        description=(
            "Name what came back of each line: for sale again (`restocked`), or not "
            "(`written_off`). It is refunded afterwards, at most what is expected. What did not "
            "come is not refunded; it can be returned later. Asking again changes nothing."
        ),
        request=GoodsBackSerializer,
        responses={202: ReturnStateSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample(
                "One unit for sale again, one broken",
                {"lines": [{"number": 1, "restocked": 1, "written_off": 1}]},
                request_only=True,
            )
        ],
        tags=["returns"],
    )
    def post(self, request: Request, return_id: UUID) -> Response:
        wanted = GoodsBackSerializer.read(request)
        returned = services.receive_return(
            return_id=return_id,
            lines=[services.LineReceived(**line) for line in wanted["lines"]],
            by=request.user.get_username(),
        )
        return _accepted(returned)


class GiveUpReturn(APIView):
    """End a return whose goods do not come."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    scopes: ClassVar = {"POST": "orders:cancel"}
    refusals = GIVING_BACK

    @extend_schema(
        operation_id="returns_give_up",
        summary="Give up an expected return",
        description=(
            "Nothing is refunded, and its units can be returned later. A return whose goods are "
            "back cannot be given up. Staff who do it for a customer give a reason. Asking again "
            "changes nothing."
        ),
        request=ActSerializer,
        responses={202: ReturnStateSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[OpenApiExample("By the customer", {}, request_only=True)],
        tags=["returns"],
    )
    def post(self, request: Request, return_id: UUID) -> Response:
        order_id = _order_of(return_id)
        try:
            theirs = is_theirs(request, order_id)
        except NotFound as error:
            raise NotFound(_NO_SUCH) from error
        wanted = ActSerializer.read_for(request, needs_reason=not theirs)
        if theirs:
            with on_record(request, "give up return") as record:
                returned = services.give_up_return(
                    return_id=return_id, reason=wanted.get("reason", "withdrawn by the customer")
                )
                record(order_id)
        else:
            by: Any = request.user
            returned = services.give_up_for_customer(
                return_id=return_id, reason=wanted["reason"], by=by
            )
        return _accepted(returned)


_NO_SUCH = "There is no such return."


def _order_of(return_id: UUID) -> UUID:
    order_id = OrderReturn.objects.values_list("order_id", flat=True).filter(pk=return_id).first()
    if order_id is None:
        raise NotFound(_NO_SUCH)
    return order_id


def _accepted(returned: OrderReturn) -> Response:
    content = {
        "return_id": returned.id,
        "order_id": returned.order_id,
        "status": returned.status,
        "amount": returned.amount,
    }
    return accepted(returned.order_id, content)
