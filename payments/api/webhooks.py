"""Receive the webhooks of gateways."""

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
"""Bytes; Stripe's largest events have some ten thousand."""


class WebhookTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body is larger than {LARGEST_WEBHOOK} bytes."
    default_code = "body_too_large"


class WebhookForged(APIException):
    """The signature of a webhook is not valid: check its secret and the clocks."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = "The signature does not match the body, or is not of the last five minutes."
    default_code = "webhook_forged"


class ReceiveWebhook(APIView):
    """Receive a webhook; its signature authenticates the sender."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    @extend_schema(exclude=True)  # for gateways, not for clients of the API
    def post(self, request: Request, gateway: str) -> Response:
        """Store it and answer at once; a worker processes it."""
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
