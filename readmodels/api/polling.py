"""Long polling: a client that has a row waits for its next change."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from outbox.kit.http.preconditions import ETAG, IF_NONE_MATCH, is_among, known_in, shown
from outbox.kit.http.waiting import APPLIED, LONGEST_WAIT, PREFER, seat, wait_until, wanted

PARAMETERS: Final = [
    IF_NONE_MATCH,
    OpenApiParameter(
        PREFER,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description=(
            f"With `If-None-Match`: `wait=N` makes the answer wait for a change, at most "
            f"{LONGEST_WAIT} seconds. Without `{APPLIED}` in the answer it did not wait: pause a "
            "second."
        ),
    ),
    ETAG,
]


def answer(request: Request, read: Callable[[], Mapping[str, Any]]) -> Response:
    """Answer with a row, or with 304 if the client has it, after the wait it asked for."""
    row = read()
    known = known_in(request)
    headers: dict[str, str] = {}

    def has_changed() -> bool:
        nonlocal row
        row = read()
        return not is_among(known, row)

    if is_among(known, row) and (seconds := wanted(request.headers.get(PREFER, ""))):
        with seat() as taken:
            if taken:
                headers[APPLIED] = f"wait={seconds}"
                wait_until(has_changed, seconds=seconds)
    return shown(request, row, headers)
