"""A page that shows what an act will touch, and asks why, before anything is done.

Acts change state, so they go through POST: the page is what a link or a list's action leads to, and
its form is what does it, once, however often it is sent.
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
    """This form was sent before, and done once: open the page again to do it once more."""


class ReasonForm(forms.Form):
    """Why an act has to be done; acts that ask for more inherit from it.

    :ivar submission: an id of each form that is shown, by which it is known when it comes back.
    """

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="It stays among the operators' acts, with your name.",
    )

    @property
    def answers(self) -> dict[str, Any]:
        """What was filled in, where it is valid."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "submission"}

    @contextmanager
    def carried_out_once(self) -> Iterator[None]:
        """Let an act and the end of this form be one transaction.

        :raises SentAlready: it was carried out before.
        """
        with transaction.atomic():
            self.spend()
            yield

    def spend(self) -> None:
        """Let this form be carried out no more.

        :raises SentAlready: it was before.
        """
        _, is_new = Submission.objects.get_or_create(pk=self.cleaned_data["submission"])
        if not is_new:
            raise SentAlready(SentAlready.__doc__)


def reason_form(request: HttpRequest, form: type[ReasonForm] = ReasonForm) -> ReasonForm:
    """Return the form as it was sent; what bears no submission comes from no page of ours."""
    return form(request.POST if "submission" in request.POST else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the page says.

    :ivar title: the act and what it is done to: ``Redrive 3 dead letters``.
    :ivar consequences: sentences about what will happen.
    :ivar headers: over the columns of ``rows``, which show what is touched.
    :ivar button: the act in one word.
    :ivar dangerous: whether it cannot be undone.
    :ivar kept: fields that the form has to send along, such as a list's action and its choice.
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
    """Answer with the page; its form comes back to the same address."""
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
