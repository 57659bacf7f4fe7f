"""Endpoints of webhooks: staff list, add and change them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.db.models import F, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox.api.webhook_fields import (
    AttemptSerializer,
    ChangedEndpointSerializer,
    EndpointSerializer,
    NewEndpointSerializer,
    ShownSecretSerializer,
)
from outbox.kit.http.fields import key_in_path
from outbox.kit.http.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, changed, only_if, shown
from outbox.kit.http.refusals import Refusals
from outbox.models.endpoints import LONGEST_NAME, WebhookAttempt, WebhookEndpoint
from outbox.webhooks import endpoints, pausing, signing_secrets

VIEW, KEEP = "outbox.view_webhookendpoint", "outbox.keep_webhookendpoint"

EXAMPLE: Final = {
    "name": "erp",
    "url": "https://erp.example/hooks",
    "events": ["OrderConfirmed", "OrderCancelled"],
}


class EndpointAsItStands(APIException):
    """The endpoint does not allow it as it stands, or its name is taken."""

    status_code = 409
    default_code = "endpoint_refused"


REFUSALS: Final[Refusals] = {
    WebhookEndpoint.DoesNotExist: lambda _: NotFound("There is no such endpoint."),
    endpoints.EndpointKnown: EndpointAsItStands,
    endpoints.EndpointRefused: lambda error: ValidationError({error.field: [str(error)]}),
    pausing.NotPausable: EndpointAsItStands,
    signing_secrets.KeysMissing: EndpointAsItStands,
    signing_secrets.SecretUnreadable: EndpointAsItStands,
    signing_secrets.TooManySecrets: EndpointAsItStands,
}


def name_in(path: str) -> str:
    """Return the name of an endpoint from a URL's path.

    :raises NotFound: no endpoint can have this name.
    """
    return key_in_path(path, longest=LONGEST_NAME)


@extend_schema_view(
    get=extend_schema(
        operation_id="webhook_endpoints_list",
        summary="List webhook endpoints",
        tags=["webhook endpoints"],
    )
)
class WebhookEndpoints(ListAPIView[WebhookEndpoint]):
    """The endpoints that were not removed, by name."""

    needs: ClassVar = {"GET": VIEW, "POST": KEEP}
    shows_secret = True
    refusals = REFUSALS
    queryset = WebhookEndpoint.objects.none()
    serializer_class = EndpointSerializer
    ordering: ClassVar = ("name",)
    position: ClassVar = tuple[str]

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = WebhookEndpoint.objects.filter(removed_at=None)
        return rows.values(*EndpointSerializer.Meta.fields)

    @extend_schema(
        operation_id="webhook_endpoints_add",
        summary="Add a webhook endpoint",
        description=(
            "It receives what is published from a few seconds later on. Its secret is in this "
            "answer only."
        ),
        request=NewEndpointSerializer,
        responses={201: ShownSecretSerializer},
        examples=[
            OpenApiExample("The ERP", {**EXAMPLE, "reason": "it books sales"}, request_only=True)
        ],
        tags=["webhook endpoints"],
    )
    def post(self, request: Request) -> Response:
        wanted = NewEndpointSerializer.read(request)
        endpoint, secret = endpoints.add_endpoint(**wanted, actor=request.user.get_username())
        return Response({"name": endpoint.name, "secret": str(secret)}, status=201)


class OneWebhookEndpoint(APIView):
    """One endpoint of webhooks."""

    needs: ClassVar = {"GET": VIEW, "PATCH": KEEP}
    refusals = REFUSALS

    @extend_schema(
        operation_id="webhook_endpoints_read",
        summary="Read a webhook endpoint",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: EndpointSerializer, 304: None},
        tags=["webhook endpoints"],
    )
    def get(self, request: Request, name: str) -> Response:
        endpoint = WebhookEndpoint.objects.get(pk=name_in(name), removed_at=None)
        return shown(request, content_of(endpoint))

    @extend_schema(
        operation_id="webhook_endpoints_change",
        summary="Change a webhook endpoint",
        description="Its address or its events. What it is owed goes to the new address.",
        request=ChangedEndpointSerializer,
        parameters=[IF_MATCH, ETAG],
        responses=EndpointSerializer,
        examples=[
            OpenApiExample(
                "Moved",
                {"url": "https://erp.example/v2/hooks", "reason": "a new server"},
                request_only=True,
            )
        ],
        tags=["webhook endpoints"],
    )
    def patch(self, request: Request, name: str) -> Response:
        wanted = ChangedEndpointSerializer.read(request)
        reason = wanted.pop("reason")
        endpoint = endpoints.change_endpoint(
            name=name_in(name),
            changes=wanted,
            reason=reason,
            actor=request.user.get_username(),
            check=only_if(request, content_of),
        )
        return changed(content_of(endpoint))


@extend_schema_view(
    get=extend_schema(
        operation_id="webhook_attempts_list",
        summary="List attempts to send webhooks",
        tags=["webhook endpoints"],
    )
)
class WebhookAttempts(ListAPIView[WebhookAttempt]):
    """What was sent to an endpoint, the latest first."""

    needs: ClassVar = {"GET": VIEW}
    refusals = REFUSALS
    queryset = WebhookAttempt.objects.none()
    serializer_class = AttemptSerializer
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[int]

    def get_queryset(self) -> QuerySet[Any, Any]:
        endpoint = WebhookEndpoint.objects.get(pk=name_in(self.kwargs["name"]))
        rows: QuerySet[Any, Any] = endpoint.attempts.annotate(order_id=F("correlation_id"))
        return rows.values(*AttemptSerializer.Meta.fields)


def content_of(endpoint: WebhookEndpoint) -> Mapping[str, Any]:
    """Return what the API shows of an endpoint."""
    return EndpointSerializer(endpoint).data
