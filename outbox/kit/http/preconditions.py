"""Conditions on a request: an ``ETag`` names what a client has seen, and a change may insist on it.

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
        "The `ETag` of what is to be changed, several of them, or `*`: where another has changed "
        "it meanwhile, nothing is done (RFC 9110, 13.1.1). Without it the change is made anyway."
    ),
)
IF_NONE_MATCH: Final = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `ETag` of what is known: unchanged, it is not sent again.",
)
ETAG: Final = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Changes with what is read.",
    response=[200, 201],
)


class PreconditionFailed(APIException):
    """Another has changed it since it was read: nothing was done."""

    status_code = 412
    default_code = "precondition_failed"
    default_detail = "It is not as If-Match or If-None-Match takes it: read it again, then decide."


def tag_of(content: Mapping[str, Any]) -> str:
    """Return the strong tag of what an answer shows."""
    digest = hashlib.blake2b(msgspec.json.encode(content), digest_size=9)
    return f'"{digest.hexdigest()}"'


def known_in(request: Request) -> list[str]:
    """Return the tags of what a client knows, for :func:`is_among`."""
    return [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]


def is_among(tags: Collection[str], content: Mapping[str, Any]) -> bool:
    """Tell whether one of some tags is that of this content; ``*`` is that of any."""
    return "*" in tags or tag_of(content) in tags


def shown(
    request: Request, content: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Answer a GET with its tag, and with 304 to a client that knows the content.

    :raises PreconditionFailed: ``If-Match`` names something else.
    """
    _require_match(request, content)
    headers = {**(headers or {}), "ETag": tag_of(content)}
    if is_among(known_in(request), content):
        return Response(status=304, headers=headers)
    return Response(content, headers=headers)


def changed(content: Mapping[str, Any], status: int = 200) -> Response:
    """Answer with what a write has left, and the tag for the next one."""
    return Response(content, status=status, headers={"ETag": tag_of(content)})


def only_if(request: Request, show: Callable[[Any], Mapping[str, Any]]) -> Callable[[Any], None]:
    """Return what a service calls with the row that it has locked, before it changes it.

    :param show: turns the row into the content that its tag was made of.
    :returns: raises PreconditionFailed where the row is not as the request takes it.
    """

    def check(row: Any) -> None:
        content = show(row)
        _require_match(request, content)
        if is_among(known_in(request), content):
            raise PreconditionFailed

    return check


def _require_match(request: Request, content: Mapping[str, Any]) -> None:
    """Compare strongly: a weak tag, or a text that is none, matches nothing."""
    wanted = request.headers.get("If-Match")
    if wanted is not None and not is_among(parse_etags(wanted), content):
        raise PreconditionFailed
