"""The pages of what waits for a human: the queue; take an item, hand it on, say that it is done."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from config.console.queue import WaitingItem, waiting_for, waiting_item
from config.models import Ownership
from orders.models import Order
from outbox.acts import record_act
from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, Done, ReasonForm, reason_form
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import link, moment
from outbox.kit.texts import LONGEST_REASON

MAY_OWN = "config.change_ownership"


class UnknownOwner(ValueError):
    """No user of that name may sign in here."""


class OwnershipForm(ReasonForm):
    field_order = ("owner", "note", "done", "reason")
    owner = LineField(
        max_length=150, required=False, help_text="A user's name; empty gives it back."
    )
    note = forms.CharField(
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    done = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="All is done that a human can do; it stays below until it no longer waits.",
    )


def attention_page(request: HttpRequest) -> HttpResponse:
    """List what waits for a human, the oldest first."""
    items = waiting_for(request)
    may_own = request.user.has_perm(MAY_OWN)
    return TemplateResponse(
        request,
        "admin/attention.html",
        {
            **admin.site.each_context(request),
            "title": "Needs attention",
            "waiting": _table([each for each in items if not each.is_done], may_own=may_own),
            "done": _table([each for each in items if each.is_done], may_own=may_own),
        },
    )


def own_page(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Ask who looks after an item, and whether it is done."""
    if not request.user.has_perm(MAY_OWN):
        raise PermissionDenied
    item = waiting_item(request, kind, key)
    if item is None:
        raise Http404("this does not wait for a human, or not any more")
    form = reason_form(request, OwnershipForm)
    actor = request.user.get_username()
    form.fields["owner"].initial = item.owner or actor
    form.fields["note"].initial = item.note
    form.fields["done"].initial = item.is_done

    def own() -> Done:
        _own(item, actor=actor, **form.answers)
        return Done("Noted.", reverse("attention"))

    return ConfirmedAct(
        form=form,
        describe=lambda: Confirmation(
            title=f"Look after: {item.title}",
            consequences=[item.why, "Nothing else changes; acts have pages of their own."],
            button="Note",
        ),
        carry_out=own,
        refusals={UnknownOwner: "owner"},
    ).answer(request, admin.site.get_model_admin(Order))


@transaction.atomic
def _own(  # noqa: PLR0913 - what is noted, and by whom
    item: WaitingItem, *, owner: str, note: str, done: bool, actor: str, reason: str
) -> None:
    """Note who looks after an item.

    :raises UnknownOwner: no member of the staff has that name.
    """
    staff = get_user_model().objects.filter(is_staff=True, is_active=True)
    if owner and not staff.filter(username=owner).exists():
        raise UnknownOwner(UnknownOwner.__doc__)
    now = timezone.now()
    Ownership.objects.update_or_create(
        kind=item.kind,
        key=item.key,
        defaults={"owner": owner, "note": note, "noted_at": now, "done_at": now if done else None},
    )
    before = {"owner": item.owner, "note": item.note, "done": item.is_done}
    record_act(
        actor=actor,
        verb="look after",
        subject=f"{item.kind} {item.key}",
        reason=reason,
        details={"before": before, "after": {"owner": owner, "note": note, "done": done}},
    )


def _table(items: list[WaitingItem], *, may_own: bool) -> dict[str, Any]:
    return {
        "headers": ["What waits", "Why", "Since", "Amount", "Owner", "Note", ""],
        "rows": [
            [
                link(each.address, each.title),
                each.why,
                moment(each.since),
                each.amount,
                each.owner,
                each.note,
                link(reverse("own", args=[each.kind, each.key]), "Take or hand on…")
                if may_own
                else "",
            ]
            for each in items
        ],
    }
