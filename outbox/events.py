"""Events of messaging itself."""

from uuid import UUID

from outbox.messages import Event


class ResendRequested(Event, frozen=True):
    """An operator asked that an event be sent to a webhook endpoint again.

    :ivar resend_id: the range that it belongs to.
    :ivar message_id: the event, as it stands in the log.
    """

    resend_id: UUID
    message_id: UUID
