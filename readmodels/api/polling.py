"""Live status by long polling: a client that knows a row hears of its next change."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from outbox.kit.http.waiting import APPLIED, LONGEST_WAIT, PREFER, seat, wait_until, wanted

PARAMETERS: Final = [
    OpenApiParameter(
        "If-None-Match",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="The `ETag` of what is known: unchanged, it is not sent again.",
    ),
    OpenApiParameter(
        PREFER,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description=(
            f"With `If-None-Match`: `wait=N` has the answer wait for a change, {LONGEST_WAIT} "
            f"seconds at most. Without `{APPLIED}` in the answer nobody waited: pause a second."
        ),
    ),
    OpenApiParameter(
        "ETag",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="Changes with what is read.",
        response=[200],
    ),
]


def answer(request: Request, read: Callable[[], Mapping[str, Any]]) -> Response:
    """Answer with a row; with 304 to a client that knows it, after the wait that it asked for."""
    row = read()
    known = parse_etags(request.headers.get("If-None-Match", ""))
    headers: dict[str, str] = {}

    def has_changed() -> bool:
        nonlocal row
        row = read()
        return not _is_among(known, row)

    if _is_among(known, row) and (seconds := wanted(request.headers.get(PREFER, ""))):
        with seat() as taken:
            if taken:
                headers[APPLIED] = f"wait={seconds}"
                wait_until(has_changed, seconds=seconds)
    headers["ETag"] = _tag_of(row)
    if _is_among(known, row):
        return Response(status=304, headers=headers)
    return Response(row, headers=headers)


def _is_among(known: list[str], row: Mapping[str, Any]) -> bool:
    return "*" in known or _tag_of(row) in {tag.removeprefix("W/") for tag in known}


def _tag_of(row: Mapping[str, Any]) -> str:
    digest = hashlib.blake2b(msgspec.json.encode(row), digest_size=9)
    return f'"{digest.hexdigest()}"'
