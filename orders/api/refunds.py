"""Refunds by staff: by one person up to a limit, above it only if a second person approves."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.answers import LOCATION, TOKEN, accepted
from orders.api.problems import GIVING_BACK
from orders.models import OrderReturn, RefundProposal
from orders.serializers.returns import (
    DecidedSerializer,
    DecisionSerializer,
    MadeRefundSerializer,
    NewRefundSerializer,
    RefundProposalSerializer,
)


class GiveRefund(APIView):
    """Refund an amount of an order; the customer keeps the goods."""

    needs: ClassVar = {"POST": "orders.propose_refund"}
    refusals = GIVING_BACK

    @extend_schema(
        operation_id="orders_refund",
        summary="Refund some of an order",
        description=(
            "`amount` is in minor units. Above a limit per order this is a proposal that another "
            "person has to approve: `proposal_id` is its id, and `return_id` is null."
        ),
        request=NewRefundSerializer,
        responses={202: MadeRefundSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[
            OpenApiExample("Five pounds", {"amount": 500, "reason": "a scratch"}, request_only=True)
        ],
        tags=["orders"],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        wanted = NewRefundSerializer.read(request)
        by: Any = request.user
        given = services.give_refund(order_id=order_id, by=by, **wanted)
        made = isinstance(given, OrderReturn)
        content = {
            "order_id": order_id,
            "amount": given.amount,
            "expected_until": None,
            "return_id": given.id if made else None,
            "proposal_id": None if made else given.id,
        }
        return accepted(order_id, content)


class ProposalFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    order = filters.UUIDFilter("order_id", label="Of this order.")
    open = filters.BooleanFilter("decided_at", "isnull", label="Whether they need a decision.")

    class Meta:
        model = RefundProposal
        fields: tuple[str, ...] = ()


@extend_schema_view(
    get=extend_schema(
        operation_id="refund_proposals_list", summary="List proposed refunds", tags=["orders"]
    )
)
class ListProposals(ListAPIView[RefundProposal]):
    """Refunds that need a second person, newest first."""

    needs: ClassVar = {"GET": "orders.view_refundproposal"}
    queryset = RefundProposal.objects.none()
    serializer_class = RefundProposalSerializer
    filterset_class = ProposalFilters
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[UUID]

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = RefundProposal.objects.values(
            *RefundProposalSerializer.Meta.fields
        )
        return rows


class _Decide(APIView):
    needs: ClassVar = {"POST": "orders.approve_refund"}
    refusals = GIVING_BACK
    decide: ClassVar[Callable[..., object]]

    def post(self, request: Request, proposal_id: UUID) -> Response:
        wanted = DecisionSerializer.read(request)
        type(self).decide(proposal_id=proposal_id, by=request.user, **wanted)
        order_id = RefundProposal.objects.values_list("order_id", flat=True).get(pk=proposal_id)
        return accepted(order_id, {"proposal_id": proposal_id, "order_id": order_id})


def _described(verb: str) -> Any:
    decision = extend_schema(
        operation_id=f"refund_proposals_{verb}",
        summary=f"{verb.capitalize()} a proposed refund",
        description="It must be another person's proposal.",
        request=DecisionSerializer,
        responses={202: DecidedSerializer},
        parameters=[LOCATION, TOKEN],
        examples=[OpenApiExample("Why", {"reason": "looked at the photos"}, request_only=True)],
        tags=["orders"],
    )
    return extend_schema_view(post=decision)


@_described("approve")
class ApproveProposal(_Decide):
    decide = staticmethod(services.approve_refund)


@_described("refuse")
class RefuseProposal(_Decide):
    decide = staticmethod(services.refuse_refund)
