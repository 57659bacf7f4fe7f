"""Ranges of the log that are sent to a webhook endpoint again."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox.api.webhook_endpoints import KEEP, REFUSALS, VIEW, EndpointAsItStands, name_in
from outbox.api.webhook_fields import NewResendSerializer, ResendSerializer, WhySerializer
from outbox.kit.http.refusals import Refusals
from outbox.models.endpoints import WebhookEndpoint, WebhookResend
from outbox.webhooks.resending import ResendRefused, start_resend, stop_resend

RESENDING: Refusals = {
    **REFUSALS,
    ResendRefused: EndpointAsItStands,
    WebhookResend.DoesNotExist: lambda _: NotFound("There is no such range."),
}


@extend_schema_view(
    get=extend_schema(
        operation_id="webhook_resends_list",
        summary="List ranges that are sent again",
        tags=["webhook endpoints"],
    )
)
class WebhookResends(ListAPIView[WebhookResend]):
    """The ranges that an endpoint was, or is, sent again; the latest first."""

    needs: ClassVar = {"GET": VIEW, "POST": KEEP}
    refusals = RESENDING
    queryset = WebhookResend.objects.none()
    serializer_class = ResendSerializer
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[UUID]

    def get_queryset(self) -> QuerySet[Any, Any]:
        endpoint = WebhookEndpoint.objects.get(pk=name_in(self.kwargs["name"]))
        rows: QuerySet[Any, Any] = endpoint.resends.values(*ResendSerializer.Meta.fields)
        return rows

    @extend_schema(
        operation_id="webhook_resends_start",
        summary="Send a range of events again",
        description=(
            "Workers send the endpoint the events that it receives and that the log has of this "
            "range, in order per order and under their old ids, whether they were sent before or "
            "not."
        ),
        request=NewResendSerializer,
        responses={202: ResendSerializer},
        examples=[
            OpenApiExample(
                "A lost hour",
                {
                    "since": "2026-11-22T12:00:00Z",
                    "until": "2026-11-22T13:00:00Z",
                    "reason": "the ERP was restored from a backup",
                },
                request_only=True,
            )
        ],
        tags=["webhook endpoints"],
    )
    def post(self, request: Request, name: str) -> Response:
        wanted = NewResendSerializer.read(request)
        actor = request.user.get_username()
        resend = start_resend(name=name_in(name), actor=actor, **wanted)
        return Response(ResendSerializer(resend).data, status=202)


class StopWebhookResend(APIView):
    """Stop sending a range again."""

    needs: ClassVar = {"POST": KEEP}
    refusals = RESENDING

    @extend_schema(
        operation_id="webhook_resends_stop",
        summary="Stop sending a range of events again",
        request=WhySerializer,
        responses=ResendSerializer,
        examples=[OpenApiExample("Why", {"reason": "the wrong hour"}, request_only=True)],
        tags=["webhook endpoints"],
    )
    def post(self, request: Request, resend_id: UUID) -> Response:
        wanted = WhySerializer.read(request)
        resend = stop_resend(resend_id=resend_id, actor=request.user.get_username(), **wanted)
        return Response(ResendSerializer(resend).data)
