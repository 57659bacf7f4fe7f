"""Admin pages for looking things up: they change nothing, and stay fast on millions of rows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline

from outbox.kit.admin.links import address_of
from outbox.kit.admin.times import with_moments
from outbox.kit.finding import MOST_FOUND, TOO_MANY, ids_from

MOST_COUNTED = 5_000

Column = TypeVar("Column", bound=Callable[..., Any])


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Counts no further than ``MOST_COUNTED`` rows; what lies behind is found by search."""

    @cached_property
    def count(self) -> int:
        """Count the rows, as far as a list shows them."""
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


def badge(description: str, colours: Mapping[Any, str]) -> Callable[[Column], Column]:
    """Show a column of a list as badges; ``colours`` names one of unfold's by value."""

    def decorate(column: Column) -> Column:
        vars(column)["label"] = colours
        return admin.display(description=description)(column)

    return decorate


def few(request: HttpRequest, found: Sequence[UUID]) -> Sequence[UUID]:
    """Return what a search looks at, and warn once on the page if that is not all."""
    if len(found) > MOST_FOUND and "was_warned" not in vars(request):
        vars(request)["was_warned"] = True
        messages.warning(request, TOO_MANY)
    return found[:MOST_FOUND]


class ReadOnly:
    """Refuses adding, changing and deleting, to superusers too."""

    fields: Any = None
    fieldsets: Any = None

    def get_readonly_fields(
        self,
        request: HttpRequest,
        obj: Model | None = None,
    ) -> list[Any]:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def get_fieldsets(self: Any, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Return the fields, with times in the viewer's zone."""
        return [
            (name, {**options, "fields": with_moments(self.model, options["fields"])})
            for name, options in super().get_fieldsets(request, obj)  # type: ignore[misc]  # of the class beside it
        ]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - likewise
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - likewise
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Lists the newest first, and finds rows by ids or how they begin, each through its index.

    :cvar search_ids: UUID fields that a search looks into.
    :cvar search_texts: lookups on other fields, such as ``reference`` or ``sku__startswith``.
    :cvar opens_only_match: go straight to the page of a row that a search finds alone, so that a
        link by order id leads to the thing itself.
    """

    search_ids: ClassVar[tuple[str, ...]] = ()
    search_texts: ClassVar[tuple[str, ...]] = ()
    opens_only_match: ClassVar[bool] = False
    ordering: ClassVar[Sequence[str]] = ("-pk",)
    list_display: ClassVar[Sequence[str]]
    # Labels above values: beside them, more than two in a row overlap.
    compressed_fields = False
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    list_fullwidth = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    actions: ClassVar[Sequence[str] | None] = None

    def get_list_display(self, request: HttpRequest) -> list[Any]:  # noqa: ARG002 - Django's signature
        """Return the columns, with times in the viewer's zone."""
        return with_moments(self.model, self.list_display)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002 - Django's signature
        return (*self.search_ids, *self.search_texts)

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """Keep the rows with this text, or with an id that begins with it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(pk__in=[])
        for lookup in self.search_texts:
            found |= Q((lookup, term))
        if (between := ids_from(term)) is not None:
            first, last = between
            for name in self.search_ids:
                found |= Q((f"{name}__gte", first), (f"{name}__lte", last))
        return queryset.filter(found | self.found_otherwise(request, term)), False

    def found_otherwise(self, request: HttpRequest, term: str) -> Q:  # noqa: ARG002 - for pages that know more
        """Return what else a search finds."""
        return Q(pk__in=[])

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """Find nothing by what PostgreSQL cannot even be asked for."""
        if "\x00" in object_id:
            return None
        found: Model | None = super().get_object(request, object_id, from_field)
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if any("\x00" in value for values in request.GET.lists() for value in values[1]):
            return redirect(f"{request.path}?{ERROR_FLAG}=1")
        if self.opens_only_match and request.GET.keys() == {"q"} and self._may_look(request):
            rows, _ = self.get_search_results(request, self.get_queryset(request), request.GET["q"])
            if request.GET["q"].strip() and len(only := rows[:2]) == 1:
                return redirect(address_of(only[0]))
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def _may_look(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))


class ReadOnlyInline(ReadOnly, TabularInline):  # type: ignore[misc]  # likewise
    """Rows of another model on the page of what they belong to."""

    extra = 0
    can_delete = False
    hide_title = True
    per_page = 100
    ordering = ("pk",)
