"""Where gateways tell us what became of a payment."""

from typing import Final

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payments.gateways.port import Forged, UnknownGateway, Unreadable
from payments.webhooks import receive_webhook

LARGEST_WEBHOOK: Final = 256 * 1024
"""Bytes; the largest events of Stripe have some ten thousand."""


class WebhookTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body is larger than {LARGEST_WEBHOOK} bytes."
    default_code = "body_too_large"


class WebhookForged(APIException):
    """Nobody proved that a webhook comes from the gateway: see to its secret and its clock."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = "The signature does not match the body, or is not of the last five minutes."
    default_code = "webhook_forged"


class ReceiveWebhook(APIView):
    """Take a webhook of a gateway; what proves its sender is the signature."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    @extend_schema(exclude=True)  # for gateways, not for those whom the API is described to
    def post(self, request: Request, gateway: str) -> Response:
        """Keep it and answer at once; it is understood a moment later."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_WEBHOOK:
            raise WebhookTooLarge
        try:
            receive_webhook(gateway=gateway, body=request.body, headers=request.headers)
        except UnknownGateway as error:
            raise NotFound from error
        except Forged as error:
            raise WebhookForged from error
        except Unreadable as error:
            raise ParseError("The body cannot be read as a webhook of this gateway.") from error
        return Response(status=status.HTTP_202_ACCEPTED)
