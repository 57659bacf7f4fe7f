"""The page on which staff import a list: it shows what the list would change, then changes it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from orders.admin.product_forms import ListForm
from orders.services.csv_lists import ListRefused, Plan
from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, Done, reason_form

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def import_page(
    request: HttpRequest,
    admin: "ModelAdmin[Any]",
    *,
    plan_import: Callable[[str], Plan],
    carry_out: Callable[..., Plan],
    called: Callable[[Any], str],
) -> HttpResponse:
    """Show what a list would change; carry it out when the same list is sent again.

    :param carry_out: takes ``text``, ``digest``, ``reason`` and ``actor``.
    :param called: what a change is about.
    """
    form = reason_form(request, ListForm)
    text = str(form.data.get("csv", "")) if form.is_bound else ""
    plan = plan_import(text) if text else Plan()
    seen = str(form.data.get("digest", "")) if form.is_bound else ""
    if form.is_bound:
        form.data = {**request.POST.dict(), "digest": plan.digest}

    def act() -> Done:
        answers = form.answers
        if seen != plan.digest:
            raise ListRefused("Look at what it changes, then import it.")
        done = carry_out(
            text=answers["csv"],
            digest=seen,
            reason=answers["reason"],
            actor=request.user.get_username(),
        )
        listed = reverse(f"admin:{admin.opts.label_lower.replace('.', '_')}_changelist")
        return Done(f"Imported: {len(done.changes)} changes.", listed)

    title = f"Import {admin.opts.verbose_name_plural}"
    return ConfirmedAct(
        form=form,
        describe=lambda: _preview(plan, title, called),
        carry_out=act,
        refusals={ListRefused: "csv"},
    ).answer(request, admin)


def _preview(plan: Plan, title: str, called: Callable[[Any], str]) -> Confirmation:
    problems = [f"Line {line}: {what}" for line, what in plan.problems]
    rows = [
        (
            each.line,
            called(each),
            each.what,
            name,
            _shown(each.before.get(name)),
            _shown(value),
        )
        for each in plan.changes
        for name, value in each.values.items()
    ]
    return Confirmation(
        title=title,
        consequences=problems
        or [
            f"{len(plan.changes)} changes, each recorded as an act.",
            "Orders that exist keep what they have.",
        ],
        headers=["Line", "Which", "What", "Field", "Before", "After"],
        rows=rows,
        button="Import",
    )


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
