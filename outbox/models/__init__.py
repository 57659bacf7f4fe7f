"""The log of messages, what is owed of it, who works on it, and what operators did about it."""

from outbox.models.acts import OperatorAct
from outbox.models.deliveries import DEAD_LETTER, Delivery, DeliveryStatus
from outbox.models.heartbeats import Heartbeat
from outbox.models.leases import Lease
from outbox.models.log import Conversation, Message, ScheduledMessage
from outbox.models.submissions import Submission

__all__ = [
    "DEAD_LETTER",
    "Conversation",
    "Delivery",
    "DeliveryStatus",
    "Heartbeat",
    "Lease",
    "Message",
    "OperatorAct",
    "ScheduledMessage",
    "Submission",
]
