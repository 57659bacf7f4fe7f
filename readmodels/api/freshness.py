"""How fresh an answer is: reads wait for what their client has written, for a moment at most."""

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
"""How long a read holds its thread for the sake of a token."""

TOKEN = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        "From the answer to a write: what is read is no older than that write. The answer comes a"
        f" moment later, or after {SECONDS_TO_WAIT:.0f} seconds as a 412."
    ),
)

LAG = OpenApiParameter(
    "Read-Model-Lag",
    OpenApiTypes.FLOAT,
    OpenApiParameter.HEADER,
    description="Seconds by which the answer may be behind; 0 where nothing is on its way to it.",
    response=[200],
)

Get: TypeAlias = Callable[..., Any]


class UnknownConsistencyToken(APIException):
    """What came as a token is none."""

    status_code = 400
    default_code = "unknown_consistency_token"
    default_detail = f"Send the {HEADER} of a write unchanged, or leave it out."


class StaleRead(APIException):
    """The read model has not taken in yet what the client has written."""

    status_code = 412
    default_code = "stale_read"
    default_detail = (
        f"What there is to read is older than the write that {HEADER} names, which stands: repeat"
        " the request in a moment, or leave the token out to read what there is."
    )
    wait = 1
    """Seconds, for ``Retry-After``."""


def reads(projection: Projection[Any]) -> Callable[[Get], Get]:
    """Say which read model a GET answers from, and tell its clients how fresh the answer is."""

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
