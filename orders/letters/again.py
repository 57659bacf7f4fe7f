"""Send a customer a letter again: find those that were sent, and have one of them mailed."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from orders.commands import SendLetterAgain
from orders.letters.content import LETTERS
from orders.letters.writing import written
from orders.models import Order
from outbox.acts import record_act
from outbox.history import handled
from outbox.messages import Envelope
from outbox.publishing import publish
from outbox.wiring import publishes

MAILER: Final = "customer_mail"
"""The subscriber that mails letters."""


class LetterRefused(Exception):
    """A letter cannot be sent again; the message says why."""


def letter_of(envelope: Envelope[Any], order: Order) -> EmailMultiAlternatives | None:
    """Return the mail by which an event is told; ``None`` without an address or anything to say."""
    address = order.customer.email
    letter = LETTERS[type(envelope.message)](order, envelope.message) if address else None
    return written(letter, order, to=address) if letter else None


def letters_sent(order: Order) -> dict[UUID, tuple[Envelope[Any], EmailMultiAlternatives]]:
    """Return the events that were told, by message id and in order, with their letters.

    Those that the log no longer has are left out; so are those still to be sent.

    :raises LetterRefused: there is none, no address is known, or mail to customers is off.
    """
    if not settings.CUSTOMER_MAIL:
        raise LetterRefused("mail to customers is off: EMAIL_URL switches it on")
    if not order.customer.email:
        raise LetterRefused("no e-mail address of its customer is known")
    found, _ = handled([order.pk], MAILER)
    letters = {
        each.id: (each, mail)
        for each in found
        if type(each.message) in LETTERS and (mail := letter_of(each, order))
    }
    if not letters:
        raise LetterRefused("no letter about it was sent that the log still has")
    return letters


@publishes(SendLetterAgain)
@transaction.atomic
def send_letter_again(*, order_id: UUID, message_id: UUID, reason: str, actor: str) -> str:
    """Have a letter mailed again, to the address that the customer has now.

    :param message_id: the event that it tells of.
    :returns: its subject.
    :raises LetterRefused: it was not sent, or cannot be sent again.
    :raises ReasonMissing: the reason is empty.
    """
    order = Order.objects.select_related("customer").get(pk=order_id)
    sent = letters_sent(order)
    if message_id not in sent:
        raise LetterRefused("this letter was not sent: reload the page to see which were")
    event, mail = sent[message_id]
    publish(
        SendLetterAgain(order_id=order.pk, message_id=message_id),
        conversation=order.pk,
        flow=order.flow,
    )
    record_act(
        actor=actor,
        verb="send letter again",
        subject=f"order {order}",
        reason=reason,
        correlation_id=order.pk,
        details={"event": type(event.message).__name__, "message": str(message_id)},
    )
    return str(mail.subject)
