"""Mail the links by which people confirm their e-mail address, in their language."""

from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from orders.events import EmailConfirmationRequested
from orders.languages import spoken
from orders.models import EmailConfirmation
from outbox.messages import Envelope
from outbox.registry import OutsideSubscriber
from outbox.retry import Permanent, Retry

TEMPLATE: Final = "mail/{language}/{purpose}.txt"
"""The first line is the subject. None contains text typed by a user."""


class LinkNotSent(Exception):
    """The mail server did not take the mail."""


def mail_link(requested: Envelope[EmailConfirmationRequested]) -> None:
    """Make the token and mail it; the message knows neither it nor the address.

    :raises LinkNotSent: the mail server refused the mail for now.
    :raises Permanent: the mail server refused it for good.
    """
    asked = EmailConfirmation.objects.filter(pk=requested.message.confirmation_id).first()
    if asked is None or asked.used_at is not None:
        return
    link = f"{settings.ACCOUNT_URL}#token={asked.token}" if settings.ACCOUNT_URL else asked.token
    template = TEMPLATE.format(language=spoken(asked.language), purpose=asked.purpose)
    written = render_to_string(template, {"link": link})
    subject, _, text = written.partition("\n")
    try:
        send_mail(subject, text.lstrip(), None, [asked.email])
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _refusal(codes) from None  # the cause contains the address
    except SMTPDataError as error:
        raise _refusal([error.smtp_code]) from None


def _refusal(codes: list[int]) -> Exception:
    kind = Permanent if all(code >= 500 for code in codes) else LinkNotSent
    return kind(f"the mail server answered {', '.join(map(str, codes))}")


account_mail = OutsideSubscriber(
    "account_mail", call=mail_link, retry=Retry(attempts=8, base=2, cap=600), publishes=False
)
account_mail.subscribe_to(EmailConfirmationRequested)
