"""Responses to writes on an order: their headers, and the 202."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from outbox import consistency
from outbox.kit.http.waiting import APPLIED, LONGEST_WAIT, PREFER

LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI_REF,
    OpenApiParameter.HEADER,
    description="Where the order can be read.",
    response=[200, 201, 202],
)
TOKEN = OpenApiParameter(
    consistency.HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Send it with a read: the answer is then no older than this write.",
    response=[200, 201, 202],
)
WAIT = OpenApiParameter(
    PREFER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        f"`wait=N` delays the answer until the order has ended, by {LONGEST_WAIT} seconds at "
        f"most (RFC 7240). `{APPLIED}` then says that it has ended; otherwise the answer is "
        "the usual 202, sent at once if too many requests wait."
    ),
)


def accepted(order_id: UUID, content: Mapping[str, Any], token: str | None = None) -> Response:
    """Answer 202 with the address of the order and a consistency token.

    :param token: the consistency token; read from the database when ``None``.
    """
    return Response(
        content,
        status=202,
        headers={
            "Location": reverse("order", args=[order_id]),
            consistency.HEADER: token or consistency.end_of(order_id).token,
        },
    )
