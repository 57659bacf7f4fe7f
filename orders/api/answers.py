"""What the answers to writes on an order have in common."""

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
    description="Sent with a read, it lets that be no older than this write.",
    response=[200, 201, 202],
)
WAIT = OpenApiParameter(
    PREFER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        f"`wait=N` holds the answer back until the order has ended, {LONGEST_WAIT} seconds at "
        f"most (RFC 7240). `{APPLIED}` says that it has; else the answer is the usual 202, at "
        "once where too many wait."
    ),
)


def accepted(order_id: UUID, content: Mapping[str, Any], token: str | None = None) -> Response:
    """Answer that something is under way with an order, and where to look for it.

    :param token: the consistency token, if it is known without asking.
    """
    return Response(
        content,
        status=202,
        headers={
            "Location": reverse("order", args=[order_id]),
            consistency.HEADER: token or consistency.end_of(order_id).token,
        },
    )
