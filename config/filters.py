"""How lists are narrowed down by the query string."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

OF_THE_PAGE = frozenset({"cursor", "ordering", "page_size"})


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]  # it ships no types
    """django-filter, which here refuses what it does not know: a typo must not list everything."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any, Any], view: Any
    ) -> QuerySet[Any, Any]:
        """Narrow the rows down.

        :raises ValidationError: a query parameter is unknown, or its value cannot be used.
        """
        filterset_class = self.get_filterset_class(view, queryset)
        known = filterset_class.base_filters.keys() if filterset_class else set()
        if unknown := sorted(request.query_params.keys() - known - OF_THE_PAGE):
            raise ValidationError({name: ["Unknown parameter: leave it out."] for name in unknown})
        narrowed: QuerySet[Any, Any] = super().filter_queryset(request, queryset, view)
        return narrowed
