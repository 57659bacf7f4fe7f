"""What services refuse, as problems of the API.

A view names its table as ``refusals``; the API's exception handler looks there for what a service
raised, so that no view translates errors itself.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rest_framework.exceptions import APIException

Refusals: TypeAlias = Mapping[type[Exception], Callable[[Any], APIException]]
"""By the type of what a service raises, what makes the problem of it."""


def problem_of(error: Exception, view: Any) -> Exception:
    """Return the problem that a view's table has for an error, or the error as it is."""
    refusals: Refusals = getattr(view, "refusals", {})
    for kind in type(error).__mro__:
        if make := refusals.get(kind):
            return make(str(error) if isinstance(make, type) else error)
    return error
