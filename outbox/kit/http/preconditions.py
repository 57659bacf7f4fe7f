"""Conditional requests: an ``ETag`` names the state that a client has read.

Source: RFC 9110, sections 8.8.3 and 13.1.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import msgspec
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        "The `ETag` of the resource as last read, several of them, or `*`. If the resource has "
        "changed since, nothing is done (RFC 9110, 13.1.1). Without it the change is always made."
    ),
)
IF_NONE_MATCH: Final = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `ETag` of the resource as last read. If it is unchanged, the answer is 304.",
)
ETAG: Final = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Changes whenever the content does.",
    response=[200, 201],
)


class PreconditionFailed(APIException):
    """The resource has changed since it was read: nothing was done."""

    status_code = 412
    default_code = "precondition_failed"
    default_detail = (
        "If-Match or If-None-Match does not hold: read the resource again, then decide."
    )


def tag_of(content: Mapping[str, Any]) -> str:
    """Return the strong tag of an answer's content."""
    digest = hashlib.blake2b(msgspec.json.encode(content), digest_size=9)
    return f'"{digest.hexdigest()}"'


def known_in(request: Request) -> list[str]:
    """Return the tags in ``If-None-Match``, for :func:`is_among`."""
    return [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]


def is_among(tags: Collection[str], content: Mapping[str, Any]) -> bool:
    """Tell whether one of these tags is the content's; ``*`` matches any content."""
    return "*" in tags or tag_of(content) in tags


def shown(
    request: Request, content: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Answer a GET with its tag, or with 304 if the client has this content.

    :raises PreconditionFailed: ``If-Match`` names another state.
    """
    _require_match(request, content)
    headers = {**(headers or {}), "ETag": tag_of(content)}
    if is_among(known_in(request), content):
        return Response(status=304, headers=headers)
    return Response(content, headers=headers)


def changed(content: Mapping[str, Any], status: int = 200) -> Response:
    """Answer a write with the new content and its tag."""
    return Response(content, status=status, headers={"ETag": tag_of(content)})


def only_if(request: Request, show: Callable[[Any], Mapping[str, Any]]) -> Callable[[Any], None]:
    """Return a check that a service calls with the locked row before it changes it.

    :param show: returns the content of a row, from which its tag is made.
    :returns: raises PreconditionFailed if the request's conditions do not hold for the row.
    """

    def check(row: Any) -> None:
        content = show(row)
        _require_match(request, content)
        if is_among(known_in(request), content):
            raise PreconditionFailed

    return check


def _require_match(request: Request, content: Mapping[str, Any]) -> None:
    """Compare strongly: a weak or malformed tag matches nothing."""
    wanted = request.headers.get("If-Match")
    if wanted is not None and not is_among(parse_etags(wanted), content):
        raise PreconditionFailed
