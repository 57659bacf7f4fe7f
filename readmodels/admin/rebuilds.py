"""Admin pages of read models: how current each is, and its rebuild, step by step."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, Done, reason_form
from outbox.kit.admin.pages import ReadOnlyAdmin
from readmodels.admin.freshness import facts, rows, stage_of
from readmodels.models import Rebuild
from readmodels.projection import Projection, projections
from readmodels.rebuild import by_workers
from readmodels.rebuild.catch_up import RebuildRefused

MAY_REBUILD = "readmodels.rebuild_readmodel"

CONSEQUENCES = {
    "begin": [
        "Workers replay the log into a table beside the live one, and compare the two.",
        "Nothing changes for readers until you swap the tables.",
    ],
    "swap": [
        "The rebuilt table is brought up to date and replaces the live one in one transaction.",
        "The replaced table is kept: it can be rolled back.",
    ],
    "roll_back": [
        "The table that the last swap replaced is brought up to date, and put back.",
        "The present one is kept in its place.",
    ],
    "drop": ["The rebuilt table is dropped; the live one stays as it is."],
}
"""By act."""

ACTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "begin": ("Rebuild", by_workers.begin),
    "swap": ("Swap", by_workers.swap),
    "roll_back": ("Roll back", by_workers.roll_back),
    "drop": ("Drop the rebuild", by_workers.drop),
}
"""By act, its name and what does it."""


@admin.register(Rebuild)
class RebuildAdmin(ReadOnlyAdmin):
    """Lists all read models, whether they were ever rebuilt or not."""

    list_display = ("name", "stage", "started_at")
    fields = ("name",)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("of/<slug:name>/", wrap(self.one), name="readmodels_rebuild_one"),
            path("of/<slug:name>/live/", wrap(self.live), name="readmodels_rebuild_live"),
            path("of/<slug:name>/act/<slug:act>/", wrap(self.act), name="readmodels_rebuild_act"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the read models with their lag, drift and rebuild."""
        self._require_looking(request)
        return TemplateResponse(
            request,
            "readmodels/read_models.html",
            {
                **self.admin_site.each_context(request),
                **(extra_context or {}),
                "title": "Read models",
                "table": {
                    "headers": ["Read model", "Rows, about", "Behind", "Drift", "Rebuild"],
                    "rows": list(rows()),
                },
            },
        )

    def one(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show one read model and what can be done with it."""
        self._require_looking(request)
        model = _read_model(name)
        return TemplateResponse(
            request,
            "readmodels/read_model.html",
            {
                **self.admin_site.each_context(request),
                "title": f"Read model {name}",
                "facts": facts(model),
                "progress": _progress(name),
                "acts": _possible(name) if request.user.has_perm(MAY_REBUILD) else [],
            },
        )

    def live(self, request: HttpRequest, name: str) -> HttpResponse:
        """Answer with how far a rebuild has come."""
        self._require_looking(request)
        return HttpResponse(_progress(_read_model(name).name))

    def act(self, request: HttpRequest, name: str, act: str) -> HttpResponse:
        """Say what an act does and ask for a reason; carry it out when the form is sent."""
        self._require_looking(request)
        if not request.user.has_perm(MAY_REBUILD):
            raise PermissionDenied
        if act not in ACTS:
            raise Http404("there is no such act")
        label, carry_out = ACTS[act]
        address = reverse("admin:readmodels_rebuild_one", args=[_read_model(name).name])
        form = reason_form(request)

        def do() -> Done:
            carry_out(name, actor=request.user.get_username(), reason=form.answers["reason"])
            return Done(f"{label}: {name}.", address)

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"{label}: {name}",
                consequences=[*CONSEQUENCES[act], *_compared(name, act)],
                button=label,
                dangerous=act in ("swap", "drop"),
            ),
            carry_out=do,
            refusals={RebuildRefused: "reason"},
        ).answer(request, self)

    def _require_looking(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _read_model(name: str) -> Projection[Any]:
    if name not in projections:
        raise Http404("there is no such read model")
    return projections[name]


def _progress(name: str) -> SafeString:
    """Return how far a rebuild has come, as HTML that renews itself while workers are at it."""
    row = Rebuild.objects.filter(pk=name).first()
    return render_to_string(
        "readmodels/rebuild_progress.html",
        {
            "name": name,
            "row": row,
            "stage": stage_of(row) if row else "",
            "is_running": row is not None and row.stage in by_workers.BY_WORKERS,
            "most": max(row.expected, row.replayed, 1) if row else 1,
        },
    )


def _possible(name: str) -> list[tuple[str, str]]:
    """Return the name and the page of each act that is possible now."""
    row = Rebuild.objects.filter(pk=name).first()
    if row is None:
        acts = ["begin"]
    elif row.stage in by_workers.BY_WORKERS:
        acts = ["drop"] if row.stage in by_workers.DROPPABLE else []
    elif row.swapped_at:
        acts = ["begin", "roll_back"]
    else:
        can_swap = row.would_change is not None and row.stage in by_workers.SWAPPABLE
        acts = [*(["swap"] if can_swap else []), *(["drop"] if row.stage else [])]
    return [
        (ACTS[act][0], reverse("admin:readmodels_rebuild_act", args=[name, act])) for act in acts
    ]


def _compared(name: str, act: str) -> list[str]:
    """Say what a swap would change."""
    row = Rebuild.objects.filter(pk=name).first()
    if act != "swap" or row is None or row.would_change is None:
        return []
    if not row.would_change:
        return ["No row would change."]
    examples = [each for table in row.comparison for each in table["examples"]]
    such = f", such as {examples[0]}" if examples else ""
    return [f"{row.would_change:,} rows would say something else{such}."]
