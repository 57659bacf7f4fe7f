"""Admin page of operators' acts: narrowed by verb, time, actor and conversation; exported as CSV.

Acts cannot be changed here, and a trigger refuses changes in the database.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from outbox.kit.admin.links import pretty
from outbox.kit.admin.pages import ReadOnlyAdmin
from outbox.models import OperatorAct

MOST_EXPORTED: Final = 100_000

RECENT: Final = 5_000
"""Acts whose verbs the filter offers."""

COLUMNS: Final = ("at", "actor", "verb", "subject", "correlation_id", "reason", "details")


class VerbFilter(admin.SimpleListFilter):
    """The verbs of recent acts; reading all of them would scan the table."""

    title = "verb"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        recent = OperatorAct.objects.order_by("-id").values_list("verb", flat=True)[:RECENT]
        return [(verb, verb) for verb in sorted({*recent, *filter(None, [self.value()])})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        return queryset.filter(verb=self.value()) if self.value() else queryset


class WhenFilter(admin.SimpleListFilter):
    """How long ago something was done, at most."""

    title = "time"
    parameter_name = "hours"
    hours: ClassVar = {"1": "last hour", "24": "last day", "168": "last week", "720": "last month"}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return list(self.hours.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        chosen = self.value()
        if chosen not in self.hours:
            return queryset
        return queryset.filter(at__gte=timezone.now() - timedelta(hours=int(chosen)))


@admin.register(OperatorAct)
class OperatorActAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "verb", "subject", "reason")
    list_filter: ClassVar[Sequence[Any]] = (VerbFilter, WhenFilter)
    search_ids = ("correlation_id",)
    search_texts = ("actor",)
    search_help_text = "A user's whole name, or a conversation id"
    fields = (("at", "actor", "verb"), "subject", "correlation_id", "reason", "changed")
    ordering = ("-id",)
    actions: ClassVar[Sequence[str] | None] = ("export",)

    @admin.display(description="details, before and after")
    def changed(self, act: OperatorAct) -> SafeString:
        return pretty(act.details)

    @admin.action(description="Export as CSV", permissions=["view"])
    def export(self, _: HttpRequest, chosen: QuerySet[Any]) -> StreamingHttpResponse:
        """Answer with the chosen acts, or with all that the filters show, as CSV."""
        rows = chosen.order_by("-id").values_list(*COLUMNS)[:MOST_EXPORTED]
        return StreamingHttpResponse(
            _as_csv(rows.iterator(chunk_size=1_000)),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="acts.csv"'},
        )


class ActLine:
    """A file for one line, which ``csv`` writes into and the answer takes out."""

    def write(self, line: str) -> str:
        return line


def _as_csv(rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    writer = csv.writer(ActLine())
    yield str(writer.writerow(COLUMNS))
    for at, *texts, details in rows:
        cells = [at.isoformat(), *map(str, texts), json.dumps(details, ensure_ascii=False)]
        yield str(writer.writerow(map(_harmless, cells)))


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
