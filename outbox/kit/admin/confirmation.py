"""A page that shows what an act will affect and asks for a reason before it is carried out.

Acts change state, so they need a POST: a link or a list's action leads to the page, and its form
carries out the act, once, however often it is submitted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextareaWidget

from outbox.kit.admin.submissions import Submission
from outbox.kit.texts import LONGEST_REASON

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


class SentAlready(Exception):
    """This form was sent before, and done once: reload the page to do it again."""


class ReasonForm(forms.Form):
    """Asks for the reason of an act; inherit from it to ask for more.

    :ivar submission: the id of this form, so that it is carried out only once.
    """

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Recorded with your name in the list of operators' acts.",
    )

    @property
    def answers(self) -> dict[str, Any]:
        """The values of a valid form."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "submission"}

    @contextmanager
    def carried_out_once(self) -> Iterator[None]:
        """Carry out an act and spend this form in one transaction.

        :raises SentAlready: it was carried out before.
        """
        with transaction.atomic():
            self.spend()
            yield

    def spend(self) -> None:
        """Mark this form as carried out.

        :raises SentAlready: it was carried out before.
        """
        _, is_new = Submission.objects.get_or_create(pk=self.cleaned_data["submission"])
        if not is_new:
            raise SentAlready(SentAlready.__doc__)


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


def ask(
    request: HttpRequest, admin: "ModelAdmin[Any]", form: ReasonForm, confirmation: Confirmation
) -> TemplateResponse:
    """Answer with the page; its form posts to the same URL."""
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
