"""Announce that an operation of the API will go: ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594).

An operation is kept until its sunset, at least ``NOTICE`` after it was deprecated.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from typing import Any, Final, TypeVar

from django.utils.http import http_date
from drf_spectacular.utils import extend_schema

from config.openapi.breaks import SUNSET

NOTICE: Final = timedelta(days=180)

View = TypeVar("View", bound=Callable[..., Any])


def deprecated(*, since: date, sunset: date, instead: str) -> Callable[[View], View]:
    """Deprecate the method of a view, in the document and in each of its answers.

    :param instead: the path of what clients should use, or of a page that says so.
    :raises ValueError: the notice is too short.
    """
    if sunset - since < NOTICE:
        raise ValueError(f"keep it for {NOTICE.days} days: {sunset} is too soon after {since}")

    def announce(method: View) -> View:
        @wraps(method)
        def answer(*args: Any, **kwargs: Any) -> Any:
            response = method(*args, **kwargs)
            response.headers["Deprecation"] = f"@{int(_midnight(since))}"
            response.headers["Sunset"] = http_date(_midnight(sunset))
            response.headers["Link"] = f'<{instead}>; rel="successor-version"'
            return response

        documented: Any = extend_schema(deprecated=True, extensions={SUNSET: sunset.isoformat()})
        announced: View = documented(answer)
        return announced

    return announce


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
