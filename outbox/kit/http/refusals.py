"""Translate exceptions of services into problems of the API, by the view's table ``refusals``."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rest_framework.exceptions import APIException

Refusals: TypeAlias = Mapping[type[Exception], Callable[[Any], APIException]]
"""Makes the problem of a service's exception, by its type."""


def problem_of(error: Exception, view: Any) -> Exception:
    """Return the problem for an error by the view's table, or the error itself."""
    refusals: Refusals = getattr(view, "refusals", {})
    for kind in type(error).__mro__:
        if make := refusals.get(kind):
            return make(str(error) if isinstance(make, type) else error)
    return error
