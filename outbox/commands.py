"""Commands that messaging itself handles: alerts, and sending webhooks again."""

from uuid import UUID

from outbox.messages import Command


class AlertOperators(Command, frozen=True):
    """Alert operators.

    :ivar subject: one line that says what is wrong.
    :ivar text: what has to be done, with amounts and units where they are known.
    :ivar about: the conversation it is about.
    """

    subject: str
    text: str
    about: UUID


class MailAlert(Command, frozen=True):
    """Mail an alert to operators. Fields are those of :class:`AlertOperators`."""

    subject: str
    text: str
    about: UUID


class PostAlert(Command, frozen=True):
    """Post an alert to the operators' webhook. Fields are those of :class:`AlertOperators`."""

    subject: str
    text: str
    about: UUID


class ResendWebhooks(Command, frozen=True):
    """Look for the next events of a range that is to be sent to a webhook endpoint again."""

    resend_id: UUID
