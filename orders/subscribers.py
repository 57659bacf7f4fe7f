"""Mail customers what becomes of their orders: one letter per event, in a lane of its own."""

from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.conf import settings

from orders.commands import SendLetterAgain
from orders.letters.again import MAILER, letter_of
from orders.letters.content import LETTERS
from orders.models import Order
from outbox.history import handled
from outbox.messages import Envelope
from outbox.registry import OutsideSubscriber
from outbox.retry import Permanent, Retry


class NotSent(Exception):
    """The mail server refused a mail for now."""


def mail_customer(envelope: Envelope[Any]) -> None:
    """Mail the customer what an event has to tell, or once more what one had, at a known address.

    :raises NotSent: the mail server refused the mail for now.
    :raises Permanent: the mail server refused it for good.
    """
    order = Order.objects.select_related("customer").get(pk=envelope.message.order_id)
    is_again = isinstance(envelope.message, SendLetterAgain)
    mail = letter_of(_meant(envelope) if is_again else envelope, order)
    if mail is None:
        return
    mail.extra_headers["Message-ID"] = _message_id(envelope)
    try:
        mail.send()
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        codes = _codes(error)
        final = all(code >= 500 for code in codes)
        # Neither the server's text nor the cause is kept: they contain the address.
        raise (Permanent if final else NotSent)(
            f"the mail server answered {', '.join(map(str, codes))}"
        ) from None


def _meant(envelope: Envelope[SendLetterAgain]) -> Envelope[Any]:
    """Return the event that a letter sent again tells of.

    :raises Permanent: the log no longer has it.
    """
    found, _ = handled([envelope.conversation], MAILER)
    for each in found:
        if each.id == envelope.message.message_id:
            return each
    raise Permanent("the log no longer has what this letter tells of")


def _message_id(envelope: Envelope[Any]) -> str:
    """Return the same id for each try, so that a mail sent twice shows once (RFC 5322, 3.6.4)."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    return f"<{envelope.id}@{domain}>"


def _codes(error: SMTPRecipientsRefused | SMTPDataError) -> list[int]:
    """Return the server's reply codes; from 500 on they are final (RFC 5321, 4.2.1)."""
    if isinstance(error, SMTPDataError):
        return [error.smtp_code]
    return [code for code, _ in error.recipients.values()]


customer_mail = OutsideSubscriber(
    MAILER,
    call=mail_customer,
    retry=Retry(attempts=12, base=2, cap=3600),
    publishes=False,
)
customer_mail.subscribe_to(SendLetterAgain)
if settings.CUSTOMER_MAIL:
    for event in LETTERS:
        customer_mail.subscribe_to(event)
