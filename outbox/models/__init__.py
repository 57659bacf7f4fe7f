"""The log of messages, what is owed of it, who works on it, and what operators did about it."""

from outbox.models.acts import OperatorAct
from outbox.models.daily import DailyWork
from outbox.models.deliveries import DEAD_LETTER, Delivery, DeliveryStatus
from outbox.models.heartbeats import Heartbeat
from outbox.models.leases import Lease
from outbox.models.log import Conversation, Message, ScheduledMessage

__all__ = [
    "DEAD_LETTER",
    "Conversation",
    "DailyWork",
    "Delivery",
    "DeliveryStatus",
    "Heartbeat",
    "Lease",
    "Message",
    "OperatorAct",
    "ScheduledMessage",
]
