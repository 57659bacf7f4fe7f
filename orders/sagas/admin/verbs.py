"""The admin's verbs on sagas: show what would happen, ask for a reason, then do it by POST."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from orders.sagas.engine.pinning import UnknownDefinition
from orders.sagas.engine.state import WAITING
from orders.sagas.models import SagaInstance
from orders.sagas.operators.acting import Verb
from orders.sagas.operators.interventions import LONGEST_REFERENCE, Refused
from orders.sagas.operators.outlook import Outlook
from orders.sagas.operators.verbs import VERBS
from orders.services import ReturnRefused
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import address_of

ANOTHER = {False: [], True: ["It is above the limit of one person: a second one has to agree."]}


class ActsOnSagas:
    """Actions for the page of one saga: each verb, behind its permission."""

    actions_detail: ClassVar[Sequence[str]] = tuple(VERBS)


def _may(verb: Verb) -> Callable[..., bool]:
    def may(_admin: Any, request: HttpRequest, _key: Any = None) -> bool:
        return request.user.has_perm(verb.permission)

    return may


def _page(verb: Verb) -> Any:
    def act(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        return _act(admin, verb, request, object_id)

    act.__name__ = verb.name
    return action(description=f"{verb.name.capitalize()}…", permissions=[verb.name])(act)


for _verb in VERBS.values():
    setattr(ActsOnSagas, _verb.name, _page(_verb))
    setattr(ActsOnSagas, f"has_{_verb.name}_permission", _may(_verb))


def _act(admin: Any, verb: Verb, request: Any, object_id: str) -> HttpResponse:
    """Show what would happen and ask why, then do it; what is refused leads back to the saga."""
    saga = row_of(request, admin, object_id)

    def do() -> Done:
        outlook = verb(saga_id=saga.pk, by=request.user, **form.answers)
        return Done(_said(outlook), address_of(saga))

    def describe() -> Confirmation:
        step = str(form.fields["step"].initial) if "step" in form.fields else ""
        outlook = verb(saga_id=saga.pk, by=request.user, reason="", step=step, dry_run=True)
        return _confirmation(verb, saga, outlook)

    try:
        form = reason_form(request, _FORMS[verb.asks](saga))
        return ConfirmedAct(form=form, describe=describe, carry_out=do).answer(request, admin)
    except (Refused, ReturnRefused, UnknownDefinition) as refusal:
        admin.message_user(request, f"{verb.name.capitalize()}: {refusal}.", messages.WARNING)
        return redirect(address_of(saga))


def _said(outlook: Outlook) -> str:
    if outlook.needs_another:
        return "It is proposed: a second person has to approve it."
    return f"The saga is {outlook.after}."


class ResolveForm(ReasonForm):
    """Asks how it was done by hand, and where that can be looked up."""

    field_order = ("reference", "reason")
    reference = LineField(
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text="Such as the number of a bank transfer.",
    )


def _skip_form(saga: SagaInstance) -> type[ReasonForm]:
    """Ask which of the waiting steps to skip; the page describes the first of them."""
    names = list(saga.steps.filter(status__in=WAITING).values_list("name", flat=True))
    if not names:
        raise Refused("no step waits: only one that does can be skipped")

    class SkipForm(ReasonForm):
        field_order = ("step", "reason")
        step = forms.ChoiceField(
            choices=[(name, name) for name in names],
            initial=names[0],
            widget=UnfoldAdminSelectWidget,
        )

    return SkipForm


_FORMS: Mapping[str, Callable[[SagaInstance], type[ReasonForm]]] = {
    "": lambda _saga: ReasonForm,
    "step": _skip_form,
    "reference": lambda _saga: ResolveForm,
}
"""By what a verb asks for, its form."""


def _confirmation(verb: Verb, saga: SagaInstance, outlook: Outlook) -> Confirmation:
    listed = (("change", outlook.changes), ("send", outlook.sends), ("leave", outlook.left))
    return Confirmation(
        title=f"{verb.name.capitalize()}: {saga}",
        consequences=[verb.effect, _standing(outlook), *ANOTHER[outlook.needs_another]],
        headers=["It would", "What"],
        rows=[[what, each] for what, several in listed for each in several],
        button=verb.name.capitalize(),
        dangerous=verb.moves_money is not None,
    )


def _standing(outlook: Outlook) -> str:
    if outlook.after == outlook.before:
        return f"The saga stays {outlook.after}."
    return f"The saga is {outlook.before}, and {outlook.after} then."
