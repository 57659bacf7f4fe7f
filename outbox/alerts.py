"""Alert operators: log the alert, mail it and post it to a webhook.

An alert is a message, so it is sent if and only if the transaction that found the trouble commits.
Mail and webhook are calls outside, each with a message of its own, so they are retried separately.
"""

import json
from collections.abc import Callable, Mapping
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import mail_admins
from django.db import transaction
from msgspec.structs import asdict
from uuid_utils.compat import uuid7

from outbox.commands import AlertOperators, MailAlert, PostAlert
from outbox.kit import alarms
from outbox.kit.texts import one_line
from outbox.publishing import publish
from outbox.webhooks.sending import post

TIMEOUT_SECONDS = 10

log = structlog.get_logger()


class AlertNotTaken(Exception):
    """``ALERT_WEBHOOK_URL`` did not accept the alert."""


def alert_operators(*, subject: str, text: str, conversation: UUID) -> None:
    """Alert operators once the caller's transaction has committed.

    :param subject: what is wrong, in one line; line breaks become spaces.
    :param text: what has to be done.
    :raises PublishedOutsideTransaction: no ``transaction.atomic()`` is open.
    """
    alert = AlertOperators(subject=one_line(subject), text=text, about=conversation)
    publish(alert, conversation=conversation)


def alert_while_it_lasts(
    kind: str, found: Mapping[str, int], describe: Callable[[str], tuple[str, str]]
) -> None:
    """Alert operators once of each thing that a watch has found; it ends when it is not found.

    :param found: how many there are, by name; more of a thing is alerted again after a while.
    :param describe: returns the subject and the text of an alert about a name.
    """
    with transaction.atomic():
        alarms.end_others(kind, found)
        for name in alarms.news(kind, found):
            subject, text = describe(name)
            alert_operators(subject=subject, text=text, conversation=uuid7())


def distribute(alert: AlertOperators) -> None:
    """Log an alert as an error, and publish a message for each configured channel."""
    log.error("operators_alerted", subject=alert.subject, text=alert.text, about=str(alert.about))
    if settings.ADMINS:
        publish(MailAlert(**asdict(alert)), conversation=alert.about)
    if settings.ALERT_WEBHOOK_URL:
        publish(PostAlert(**asdict(alert)), conversation=alert.about)


def mail_alert(alert: MailAlert) -> None:
    """Mail an alert to ``ADMINS``.

    :raises OSError: the mail server did not accept it.
    """
    mail_admins(alert.subject, f"{alert.text}\n\nConversation {alert.about}\n")


def post_alert(alert: PostAlert) -> None:
    """Post an alert to ``ALERT_WEBHOOK_URL``, if it is still set.

    :raises AlertNotTaken: the answer was no 2xx.
    :raises NoAnswer: there was no answer in time.
    :raises AddressRefused: the URL leads to a private address.
    """
    if settings.ALERT_WEBHOOK_URL:
        _post(settings.ALERT_WEBHOOK_URL, alert)


def _post(url: str, alert: PostAlert) -> None:
    # Common chat services show "text".
    body = {
        "text": f"{alert.subject}: {alert.text}",
        "subject": alert.subject,
        "about": str(alert.about),
    }
    answer = post(
        url,
        json.dumps(body).encode(),
        {"content-type": "application/json", "user-agent": "orders"},
        seconds=TIMEOUT_SECONDS,
        private=settings.WEBHOOK_PRIVATE_ADDRESSES,
    )
    if not 200 <= answer.status < 300:
        raise AlertNotTaken(f"ALERT_WEBHOOK_URL answered {answer.status}")
    log.info("alert_posted", subject=alert.subject)
