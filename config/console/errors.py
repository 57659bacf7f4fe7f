"""The pages of errors: dead letters by fault, with what they hold up, and what is known of them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from config.console.charts import chart
from orders.models import Order
from outbox.admin.dead_letters import DeadLetter
from outbox.admin.tracebacks import readable
from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, Done, ReasonForm, reason_form
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import link, moment, page
from outbox.kit.money import money
from outbox.kit.signs import in_words, list_address
from outbox.kit.texts import LONGEST_REASON
from outbox.models import Fault, Lane
from outbox.operations.faults import (
    FoundFault,
    conversations_of,
    failures_by_hour,
    faults,
    note_fault,
)

MAY_SEE = "outbox.view_lane"
MAY_NOTE = "outbox.change_fault"

HOURS = 48
"""Of the chart of one fault."""

MOST_SHOWN = 5


class NoteForm(ReasonForm):
    field_order = ("owner", "fixed_in", "note", "reason")
    owner = LineField(max_length=150, required=False, help_text="Who looks after it.")
    fixed_in = LineField(
        label="Fixed in release",
        max_length=40,
        required=False,
        help_text="Known, and over with this release.",
    )
    note = forms.CharField(
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


def errors_page(request: HttpRequest) -> HttpResponse:
    """List the faults that have stopped lanes."""
    _check(request, MAY_SEE)
    found = faults()
    noted = Fault.objects.in_bulk([each.key for each in found])
    return _page(
        request,
        "admin/errors.html",
        title="Errors",
        table={
            "headers": [
                *("Error", "Where", "Dead letters", "Trend", "First seen", "Last seen"),
                *("Owner", "Fixed in"),
            ],
            "rows": [_row(each, noted) for each in found],
        },
    )


def error_page(request: HttpRequest, key: str) -> HttpResponse:
    """Show one fault: what it holds up, since when, an example, and what can be done."""
    _check(request, MAY_SEE)
    found = _found(key)
    by_hour = failures_by_hour(key, hours=HOURS)
    example = Lane.objects.get(pk=found.lane)
    return _page(
        request,
        "admin/error.html",
        title=found.title,
        fault=found,
        dead=in_words(found.dead),
        note=Fault.objects.filter(pk=key).first(),
        held_up=_held_up(request, key),
        chart=chart(
            "Failed attempts per hour",
            [at.isoformat() for at, _ in by_hour],
            {"failed attempts": [number for _, number in by_hour]},
        ),
        example=page("outbox_deadletter", found.lane, "The oldest dead letter"),
        letters=link(list_address("outbox_deadletter", fault=key), "All its dead letters"),
        attempts=link(list_address("outbox_failedattempt", fault=key), "All its failed attempts"),
        traceback=readable(example.traceback),
        redrive=f"{reverse('admin:outbox_redrive_begin')}?fault={key}"
        if request.user.has_perm("outbox.redrive_lane")
        else "",
        may_note=request.user.has_perm(MAY_NOTE),
    )


def note_page(request: HttpRequest, key: str) -> HttpResponse:
    """Ask who looks after a fault and when it ends, and note it."""
    _check(request, MAY_SEE)
    _check(request, MAY_NOTE)
    found = _found(key)
    known = Fault.objects.filter(pk=key).first()
    form = reason_form(request, NoteForm)
    for name in ("owner", "fixed_in", "note"):
        form.fields[name].initial = getattr(known, name, "")

    def note() -> Done:
        note_fault(key, actor=request.user.get_username(), **form.answers)
        return Done("Noted.", reverse("error", args=[key]))

    return ConfirmedAct(
        form=form,
        describe=lambda: Confirmation(
            title=f"Note: {found.title}",
            consequences=[found.example, "A note changes nothing else; it shows with the error."],
            button="Note",
        ),
        carry_out=note,
    ).answer(request, admin.site.get_model_admin(DeadLetter))


def most_errors() -> dict[str, Any]:
    """Return a table of the faults with the most dead letters, for the first page."""
    found = faults()[:MOST_SHOWN]
    return {
        "headers": ["Error", "Dead letters", "Trend", "Last seen"],
        "rows": [
            [
                _named(each),
                in_words(each.dead),
                each.trend,
                moment(each.last_seen),
            ]
            for each in found
        ],
    }


def _row(found: FoundFault, noted: Mapping[str, Fault]) -> list[Any]:
    note = noted.get(found.key)
    return [
        _named(found),
        found.place,
        in_words(found.dead),
        found.trend,
        moment(found.first_seen),
        moment(found.last_seen),
        note.owner if note else "",
        note.fixed_in if note else "",
    ]


def _named(found: FoundFault) -> SafeString:
    """Link to the page of a fault; a dead letter without one has only its list."""
    list_of_all = reverse("admin:outbox_deadletter_changelist")
    address = reverse("error", args=[found.key]) if found.key else list_of_all
    return link(address, f"{found.title}: {found.example}"[:120])


def _held_up(request: HttpRequest, key: str) -> str:
    """Say how many orders a fault holds up, and how much money those are."""
    if not request.user.has_perm("orders.view_order"):
        return ""
    sums = (
        Order.objects.filter(pk__in=conversations_of(key))
        .values_list("currency")
        .annotate(number=Count("pk"), total=Sum("amount"))
        .order_by("-total")
    )
    parts = [f"{number:,} orders of {money(total, currency)}" for currency, number, total in sums]
    return ", ".join(parts) or "no orders"


def _found(key: str) -> FoundFault:
    found = faults(key)
    if not found:
        raise Http404("no dead letter has this fault any more")
    return found[0]


def _check(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, **shown: Any) -> TemplateResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **shown})
