"""Consistency tokens and lag of reads: a read waits for its client's own write."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeAlias

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from outbox.consistency import HEADER, UnknownToken, has_reached, position_of
from outbox.kit.http.waiting import wait_until
from readmodels.lag import lag_of
from readmodels.projection import Projection

SECONDS_TO_WAIT = 2.0
"""How long a read waits for the write that a token names."""

TOKEN = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        "From the answer to a write: the read is no older than that write. It waits for it, and"
        f" answers 412 after {SECONDS_TO_WAIT:.0f} seconds."
    ),
)

LAG = OpenApiParameter(
    "Read-Model-Lag",
    OpenApiTypes.FLOAT,
    OpenApiParameter.HEADER,
    description="Seconds by which the answer may be behind; 0 if the read model is up to date.",
    response=[200],
)

Get: TypeAlias = Callable[..., Any]


class UnknownConsistencyToken(APIException):
    """The consistency token is not one of ours."""

    status_code = 400
    default_code = "unknown_consistency_token"
    default_detail = f"Send the {HEADER} of a write unchanged, or leave it out."


class StaleRead(APIException):
    """The read model has not applied the client's write yet."""

    status_code = 412
    default_code = "stale_read"
    default_detail = (
        f"The data is older than the write that {HEADER} names, which was successful: repeat the"
        " request in a moment, or leave the token out to read the older data."
    )
    wait = 1
    """Seconds, for ``Retry-After``."""


def reads(projection: Projection[Any]) -> Callable[[Get], Get]:
    """Declare the read model of a GET, and add consistency tokens and the lag header."""

    def wire(get: Get) -> Get:
        @wraps(get)
        def answer(view: Any, request: Request, *words: Any, **path: Any) -> Any:
            if token := request.headers.get(HEADER):
                _wait_for_write(token, projection)
            view.headers[LAG.name] = f"{lag_of(projection):.3f}"
            return get(view, request, *words, **path)

        return extend_schema(parameters=[TOKEN, LAG])(answer)

    return wire


def _wait_for_write(token: str, projection: Projection[Any]) -> None:
    try:
        position = position_of(token)
    except UnknownToken as error:
        raise UnknownConsistencyToken from error
    if not wait_until(partial(has_reached, projection.name, position), seconds=SECONDS_TO_WAIT):
        raise StaleRead
