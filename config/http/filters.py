"""Filter lists by query parameters; refuse parameters that are unknown or empty."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import BooleanFilter, DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

OF_THE_PAGE = frozenset({"cursor", "ordering", "page_size"})


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]  # it ships no types
    """Filter rows, and refuse unknown parameters: a typo must not list everything."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any, Any], view: Any
    ) -> QuerySet[Any, Any]:
        """Return the rows that the query parameters ask for.

        :raises ValidationError: a query parameter is unknown, or its value cannot be used.
        """
        filterset_class = self.get_filterset_class(view, queryset)
        known = filterset_class.base_filters if filterset_class else {}
        _check(request.query_params, known)
        narrowed: QuerySet[Any, Any] = super().filter_queryset(request, queryset, view)
        return narrowed

    def get_filterset(self, request: Request, queryset: QuerySet[Any, Any], view: Any) -> Any:
        """Make only the filters that the query asks for."""
        whole = self.get_filterset_class(view, queryset)
        asked = frozenset(whole.base_filters.keys() & request.query_params.keys() if whole else ())
        if not asked:
            return None
        return _part_of(whole, asked)(**self.get_filterset_kwargs(request, queryset, view))


@cache
def _part_of(whole: Any, names: frozenset[str]) -> Any:
    """Return a filter set of some filters only: each request copies all that it declares."""
    part: Any = type(whole.__name__, (whole,), {})
    part.base_filters = {name: whole.base_filters[name] for name in names}
    return part


def _check(parameters: Mapping[str, str], known: Mapping[str, Any]) -> None:
    """Refuse what Django's forms would ignore: unknown names, empty values, odd booleans."""
    if unknown := sorted(parameters.keys() - known.keys() - OF_THE_PAGE):
        raise ValidationError({name: ["Unknown parameter: leave it out."] for name in unknown})
    for name, value in parameters.items():
        if not value:
            raise ValidationError({name: ["Give a value, or leave it out."]})
        if isinstance(known.get(name), BooleanFilter) and value not in {"true", "false"}:
            raise ValidationError({name: ["Give true or false."]})
