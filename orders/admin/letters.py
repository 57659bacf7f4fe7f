"""The admin act that sends a customer a letter again."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from orders.admin.possible import MAY_CHANGE
from orders.letters.again import LetterRefused, letters_sent, send_letter_again
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of, moment


class LetterForm(ReasonForm):
    field_order = ("letter", "reason")
    letter = forms.ChoiceField(widget=UnfoldAdminSelectWidget)


class SendsLetters:
    """Adds an action that sends a letter again to the page of an order."""

    actions_detail: ClassVar[Sequence[str]] = ("letter_again",)

    # A method, since unfold looks a permission's name up in the database when it is checked.
    def has_letter_again_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm(MAY_CHANGE)

    @action(description="Send a letter again…", permissions=["letter_again"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def letter_again(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the letters that were sent; send the chosen one again when the form comes back."""
        order = row_of(request, self, object_id)
        try:
            sent = letters_sent(order)
        except LetterRefused as refusal:
            self.message_user(request, f"Send a letter again: {refusal}.", messages.WARNING)
            return redirect(address_of(order))
        form = reason_form(request, LetterForm)
        field: Any = form.fields["letter"]
        field.choices = [(str(key), mail.subject) for key, (_, mail) in sent.items()]
        field.initial = field.choices[-1][0]

        def send() -> Done:
            subject = send_letter_again(
                order_id=order.pk,
                message_id=UUID(form.answers["letter"]),
                reason=form.answers["reason"],
                actor=request.user.get_username(),
            )
            return Done(f"It is mailed again: {subject}.", address_of(order))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"Send a letter again: {order}",
                consequences=[
                    f"It goes to {order.customer.email}, with what is true of the order now.",
                ],
                headers=["Sent", "Subject", "Text"],
                rows=[
                    [moment(event.recorded_at), mail.subject, mail.body]
                    for event, mail in sent.values()
                ],
                button="Send it again",
            ),
            carry_out=send,
            refusals={LetterRefused: "letter"},
        ).answer(request, self)
