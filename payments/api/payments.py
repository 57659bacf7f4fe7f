"""List and read payments, for staff."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payments.ledger import Ledger
from payments.models import Dispute, Payment, PaymentOperation


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """A payment. `amount` is the requested amount, in minor units of `currency`."""

    class Meta:
        model = Payment
        fields: tuple[str, ...] = (
            "id",
            "order_id",
            "amount",
            "currency",
            "gateway",
            "needs_attention",
            "attention_reason",
            "created_at",
        )


class OperationSerializer(serializers.ModelSerializer[PaymentOperation]):
    """One operation of the ledger: requested of the gateway, or made by a human outside of it."""

    class Meta:
        model = PaymentOperation
        fields = (
            "kind",
            "amount",
            "outcome",
            "decline_code",
            "gateway_reference",
            "outside",
            "made_by",
            "approved_by",
            "how",
            "attempts",
            "requested_at",
            "postponed_until",
            "concluded_at",
            "failed_at",
            "made_there",
        )


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    """A dispute of a payment, as the gateway last reported it."""

    class Meta:
        model = Dispute
        fields = ("reference", "stage", "amount", "currency", "reason", "answer_by")


class LedgerSerializer(PaymentSerializer):
    """A payment with its ledger; the sums are in minor units."""

    captured = serializers.IntegerField()
    refunded = serializers.IntegerField()
    operations = OperationSerializer(many=True)
    disputes = DisputeSerializer(many=True)

    class Meta(PaymentSerializer.Meta):
        fields = (*PaymentSerializer.Meta.fields, "captured", "refunded", "operations", "disputes")


class PaymentFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    order = filters.UUIDFilter("order_id", label="Of this order.")
    needs_attention = filters.BooleanFilter(label="Whether a human has to act.")

    class Meta:
        model = Payment
        fields: tuple[str, ...] = ()


@extend_schema_view(
    get=extend_schema(operation_id="payments_list", summary="List payments", tags=["payments"])
)
class ListPayments(ListAPIView[Payment]):
    """Payments, newest first."""

    needs: ClassVar = {"GET": "payments.view_payment"}
    queryset = Payment.objects.none()
    serializer_class = PaymentSerializer
    filterset_class = PaymentFilters
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[UUID]

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = Payment.objects.values(*PaymentSerializer.Meta.fields)
        return rows


class ReadPayment(APIView):
    """One payment, with its ledger."""

    needs: ClassVar = {"GET": "payments.view_payment"}

    @extend_schema(
        operation_id="payments_read",
        summary="Read a payment",
        responses=LedgerSerializer,
        tags=["payments"],
    )
    def get(self, request: Request, payment_id: UUID) -> Response:  # noqa: ARG002 - likewise
        payment = Payment.objects.filter(pk=payment_id).first()
        if payment is None:
            raise NotFound("There is no such payment.")
        operations = list(payment.operations.order_by("id"))
        ledger = Ledger(payment, operations)
        return Response(
            {
                **PaymentSerializer(payment).data,
                "captured": ledger.captured,
                "refunded": ledger.refunded,
                "operations": OperationSerializer(operations, many=True).data,
                "disputes": DisputeSerializer(payment.disputes.order_by("id"), many=True).data,
            }
        )
