"""Alerts to operators: a message like all else, so that none is lost or sent before its cause.

Whoever finds that a human is needed calls :func:`alert_operators` in the transaction in which it
is found. The mail and the webhook follow outside any transaction, each by a message of its own: one
that is not taken is tried again, and is nothing to the other.
"""

import json
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import mail_admins
from msgspec.structs import asdict

from outbox.commands import AlertOperators, MailAlert, PostAlert
from outbox.kit.texts import one_line
from outbox.publishing import publish
from outbox.webhooks.sending import post

TIMEOUT_SECONDS = 10

log = structlog.get_logger()


class AlertNotTaken(Exception):
    """Whatever answers at ``ALERT_WEBHOOK_URL`` did not take the alert."""


def alert_operators(*, subject: str, text: str, conversation: UUID) -> None:
    """Call a human once the caller's transaction has committed.

    :param subject: one line that says what is wrong; what would end it becomes a space.
    :param text: what is left to be done.
    :raises PublishedOutsideTransaction: no ``transaction.atomic()`` is open.
    """
    alert = AlertOperators(subject=one_line(subject), text=text, about=conversation)
    publish(alert, conversation=conversation)


def hand_on(alert: AlertOperators) -> None:
    """Log an alert as an error, and hand it to each channel that is set."""
    log.error("operators_alerted", subject=alert.subject, text=alert.text, about=str(alert.about))
    if settings.ADMINS:
        publish(MailAlert(**asdict(alert)), conversation=alert.about)
    if settings.ALERT_WEBHOOK_URL:
        publish(PostAlert(**asdict(alert)), conversation=alert.about)


def mail_alert(alert: MailAlert) -> None:
    """Mail an alert to ``ADMINS``.

    :raises OSError: the mail was not taken.
    """
    mail_admins(alert.subject, f"{alert.text}\n\nConversation {alert.about}\n")


def post_alert(alert: PostAlert) -> None:
    """Post an alert to ``ALERT_WEBHOOK_URL``, unless that was unset since.

    :raises AlertNotTaken: the webhook was not; ``NoAnswer`` or ``AddressRefused`` where nothing
        answered, or nothing may be sent there.
    """
    if settings.ALERT_WEBHOOK_URL:
        _post(settings.ALERT_WEBHOOK_URL, alert)


def _post(url: str, alert: PostAlert) -> None:
    # "text" is what the common chat services show.
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
