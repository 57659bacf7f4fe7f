"""What staff do to an endpoint of webhooks; each act has a reason."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox.api.webhook_endpoints import KEEP, REFUSALS, content_of, name_in
from outbox.api.webhook_fields import (
    EndpointSerializer,
    PingSerializer,
    ReplacementSerializer,
    ShownSecretSerializer,
    WhySerializer,
)
from outbox.kit.http.fields import Strict
from outbox.webhooks.endpoints import remove_endpoint
from outbox.webhooks.pausing import pause_endpoint, resume_endpoint
from outbox.webhooks.pinging import ping_endpoint
from outbox.webhooks.rotating import replace_secret


class _ActOnEndpoint(APIView):
    needs: ClassVar = {"POST": KEEP}
    refusals = REFUSALS
    asks: ClassVar[type[Strict]] = WhySerializer

    def post(self, request: Request, name: str) -> Response:
        wanted = self.asks.read(request)
        return self.act(name=name_in(name), actor=request.user.get_username(), **wanted)

    def act(self, **wanted: Any) -> Response:
        """Carry the act out and answer."""
        raise NotImplementedError


def _described(  # noqa: PLR0913 - the parts of an operation
    verb: str,
    summary: str,
    description: str,
    responses: Any,
    *,
    asks: type[Strict] = WhySerializer,
    example: dict[str, Any],
) -> Any:
    act = extend_schema(
        operation_id=f"webhook_endpoints_{verb}",
        summary=summary,
        description=description,
        request=asks,
        responses=responses,
        examples=[OpenApiExample("Why", example, request_only=True)],
        tags=["webhook endpoints"],
    )
    return extend_schema_view(post=act)


@_described(
    "replace_secret",
    "Replace the secret of a webhook endpoint",
    "The new secret is in this answer only. The old one signs as well for `overlap_hours`, so that "
    "the receiver can change over without losing a webhook.",
    ShownSecretSerializer,
    asks=ReplacementSerializer,
    example={"overlap_hours": 24, "reason": "as every year"},
)
class ReplaceWebhookSecret(_ActOnEndpoint):
    shows_secret = True
    asks = ReplacementSerializer

    def act(self, **wanted: Any) -> Response:
        return Response({"name": wanted["name"], "secret": str(replace_secret(**wanted))})


@_described(
    "ping",
    "Send a test webhook",
    "A webhook of the type `ping`, even to a paused endpoint; its answer is awaited for up to five "
    "seconds.",
    PingSerializer,
    example={"reason": "does it answer again?"},
)
class PingWebhookEndpoint(_ActOnEndpoint):
    def act(self, **wanted: Any) -> Response:
        made = ping_endpoint(**wanted)
        return Response(
            {
                "accepted": made.error is None,
                "status": made.status,
                "milliseconds": made.milliseconds,
                "excerpt": made.excerpt,
            }
        )


@_described(
    "pause",
    "Pause a webhook endpoint",
    "Nothing more is sent to it. What it is owed is kept, also what is published meanwhile.",
    EndpointSerializer,
    example={"reason": "the ERP is being moved"},
)
class PauseWebhookEndpoint(_ActOnEndpoint):
    def act(self, **wanted: Any) -> Response:
        return Response(content_of(pause_endpoint(**wanted)))


@_described(
    "resume",
    "Resume a webhook endpoint",
    "It is sent what it is owed, in order per order. Dead letters stay: redrive them.",
    EndpointSerializer,
    example={"reason": "the ERP is back"},
)
class ResumeWebhookEndpoint(_ActOnEndpoint):
    def act(self, **wanted: Any) -> Response:
        return Response(content_of(resume_endpoint(**wanted)))


@_described(
    "remove",
    "Remove a webhook endpoint",
    "What it is owed is given up, and its name stays taken: messages in the log bear it.",
    {204: None},
    example={"reason": "the ERP is gone"},
)
class RemoveWebhookEndpoint(_ActOnEndpoint):
    def act(self, **wanted: Any) -> Response:
        remove_endpoint(**wanted)
        return Response(status=204)
