"""The admin's verbs on sagas: what would happen is shown first, then done by POST, for a reason."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from orders.sagas.engine.pinning import UnknownDefinition
from orders.sagas.engine.state import WAITING
from orders.sagas.models import SagaInstance
from orders.sagas.operators.interventions import LONGEST_REFERENCE, Refused
from orders.sagas.operators.verbs import PERMISSIONS, SERVICES, Outlook
from orders.services import ReturnRefused
from outbox.kit.admin.confirmation import Confirmation, ReasonForm, SentAlready, ask, reason_form
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import address_of

EFFECT = {
    "retry": "What is unanswered is asked for again now, with all attempts before it.",
    "compensate": "It is undone from where it is, what is unknown included.",
    "skip": "It goes on without the step; should it be undone later, so is the step.",
    "suspend": "Nothing more is dispatched and deadlines stand still; replies are recorded.",
    "resume": "It goes on with what was heard meanwhile; its deadlines move by that time.",
    "resolve": "What is unanswered counts as done, or undone, by your own hand.",
}

ANOTHER = {False: [], True: ["It is above the limit of one person: a second one has to agree."]}


def _may(verb: str) -> Callable[..., bool]:
    def may(_admin: Any, request: HttpRequest, _key: Any = None) -> bool:
        return request.user.has_perm(PERMISSIONS[verb])

    return may


def _page(verb: str) -> Any:
    def act(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        return _act(admin, verb, request, object_id)

    act.__name__ = verb
    return action(description=f"{verb.capitalize()}…", permissions=[verb])(act)


class ActsOnSagas:
    """Actions for the page of one saga, each behind its permission."""

    actions_detail: ClassVar[Sequence[str]] = tuple(SERVICES)

    retry, has_retry_permission = _page("retry"), _may("retry")
    compensate, has_compensate_permission = _page("compensate"), _may("compensate")
    skip, has_skip_permission = _page("skip"), _may("skip")
    suspend, has_suspend_permission = _page("suspend"), _may("suspend")
    resume, has_resume_permission = _page("resume"), _may("resume")
    resolve, has_resolve_permission = _page("resolve"), _may("resolve")


def _act(admin: Any, verb: str, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show what would happen and ask why; do it when that page comes back."""
    saga = admin.get_object(request, object_id)
    if saga is None:
        raise Http404("there is no such saga")
    service = SERVICES[verb]
    try:
        form = reason_form(request, _form_of(verb, saga))
        if form.is_valid():
            with form.carried_out_once():
                outlook = service(saga_id=saga.pk, by=request.user, **form.answers)
            admin.message_user(request, _said(outlook), messages.SUCCESS)
            return redirect(address_of(saga))
        which = {"step": form.fields["step"].initial} if verb == "skip" else {}
        outlook = service(saga_id=saga.pk, by=request.user, reason="", dry_run=True, **which)
    except (Refused, ReturnRefused, SentAlready, UnknownDefinition) as refusal:
        admin.message_user(request, f"{verb.capitalize()}: {refusal}.", messages.WARNING)
        return redirect(address_of(saga))
    return ask(request, admin, form, _confirmation(verb, saga, outlook))


def _said(outlook: Outlook) -> str:
    if outlook.needs_another:
        return "It is proposed: somebody else has to agree."
    return f"The saga is {outlook.after}."


def _form_of(verb: str, saga: SagaInstance) -> type[ReasonForm]:
    if verb == "skip":
        return _skip_form(saga)
    return ResolveForm if verb == "resolve" else ReasonForm


class ResolveForm(ReasonForm):
    """How it was done by hand, and where that can be looked up."""

    field_order = ("reference", "reason")
    reference = LineField(
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text="Such as the number of a bank transfer.",
    )


def _skip_form(saga: SagaInstance) -> type[ReasonForm]:
    """Ask for the step as well, of those that wait; the first of them is the one that is shown."""
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


def _confirmation(verb: str, saga: SagaInstance, outlook: Outlook) -> Confirmation:
    listed = (("change", outlook.changes), ("send", outlook.sends), ("leave", outlook.left))
    return Confirmation(
        title=f"{verb.capitalize()}: {saga}",
        consequences=[EFFECT[verb], _standing(outlook), *ANOTHER[outlook.needs_another]],
        headers=["It would", "What"],
        rows=[[what, each] for what, several in listed for each in several],
        button=verb.capitalize(),
        dangerous=verb in {"compensate", "skip", "resolve"},
    )


def _standing(outlook: Outlook) -> str:
    if outlook.after == outlook.before:
        return f"The saga stays {outlook.after}."
    return f"The saga is {outlook.before}, and {outlook.after} then."
