"""What messaging can be asked itself."""

from uuid import UUID

from outbox.messages import Command


class AlertOperators(Command, frozen=True):
    """Call a human.

    :ivar subject: one line that says what is wrong.
    :ivar text: what is left to be done, with amounts and units where they are known.
    :ivar about: the conversation that it is about.
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
