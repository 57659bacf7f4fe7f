"""A page that shows what an act will affect and asks for a reason before it is carried out.

Acts change state, so they need a POST: a link or a list's action leads to the page, and its form
carries out the act, once, however often it is submitted.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextareaWidget

from outbox.kit.admin.sent_once import SentAlready, SentOnce
from outbox.kit.texts import LONGEST_REASON

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


class ReasonForm(SentOnce):
    """Asks for the reason of an act; inherit from it to ask for more."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Recorded with your name in the list of operators' acts.",
    )

    @property
    def answers(self) -> dict[str, Any]:
        """The values of a valid form."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "submission"}


def reason_form(request: HttpRequest, form: type[ReasonForm] = ReasonForm) -> ReasonForm:
    """Return the submitted form; an unbound one if the request comes from a list's action."""
    return form(request.POST if "submission" in request.POST else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The content of the page.

    :ivar title: the act and its object: ``Redrive 3 dead letters``.
    :ivar consequences: sentences about what will happen.
    :ivar headers: of the columns of ``rows``, which show what is affected.
    :ivar button: the act in one word.
    :ivar dangerous: whether it is irreversible.
    :ivar kept: fields that the form sends along, such as a list's action and selection.
    """

    title: str
    consequences: Sequence[str]
    button: str
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    dangerous: bool = False
    kept: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence, and the address of the page that shows it."""

    sentence: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedAct:
    """An act that is described first and carried out when its form comes back.

    :ivar describe: what the page says.
    :ivar carry_out: carries the act out; returns what was done, or a response of its own.
    :ivar refusals: by exception, the field of the form that shows its message.
    :ivar in_one_transaction: whether the act and the end of its form commit together; otherwise
        the form ends first.
    """

    form: ReasonForm
    describe: Callable[[], Confirmation]
    carry_out: Callable[[], Done | HttpResponse]
    refusals: Mapping[type[Exception], str] = field(default_factory=dict)
    in_one_transaction: bool = True

    def answer(self, request: HttpRequest, admin: "ModelAdmin[Any]") -> HttpResponse:
        """Carry the act out if its form was sent; otherwise, or if it is refused, show the page."""
        try:
            if self.form.is_valid():
                return self._carry_out_once(request, admin)
        except SentAlready as refusal:
            self.form.add_error(None, str(refusal))
        except tuple(self.refusals) as refusal:
            shown_at = next(at for kind, at in self.refusals.items() if isinstance(refusal, kind))
            self.form.add_error(shown_at, str(refusal))
        return _page(request, admin, self.form, self.describe())

    def _carry_out_once(self, request: HttpRequest, admin: "ModelAdmin[Any]") -> HttpResponse:
        with transaction.atomic() if self.in_one_transaction else nullcontext():
            self.form.spend()
            done = self.carry_out()
        if isinstance(done, HttpResponse):
            return done
        admin.message_user(request, done.sentence, messages.SUCCESS)
        return redirect(done.address)


def row_of(request: HttpRequest, admin: "ModelAdmin[Any]", object_id: str) -> Any:
    """Return the row that an act is about.

    :raises Http404: there is none.
    """
    row = admin.get_object(request, unquote(object_id))
    if row is None:
        raise Http404(f"there is no such {admin.opts.verbose_name}")
    return row


def _page(
    request: HttpRequest, admin: "ModelAdmin[Any]", form: ReasonForm, confirmation: Confirmation
) -> TemplateResponse:
    return TemplateResponse(
        request,
        "outbox/confirm_act.html",
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "title": confirmation.title,
            "form": form,
            "confirmation": confirmation,
            "table": {"headers": confirmation.headers, "rows": confirmation.rows},
            "kept": [
                (name, value) for name, values in confirmation.kept.items() for value in values
            ],
        },
    )
