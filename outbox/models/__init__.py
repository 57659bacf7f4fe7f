"""Tables of messaging: log, lanes, claims, workers, alarms, acts, redrives, endpoints."""

from outbox.kit.admin.submissions import Submission
from outbox.models.acts import OperatorAct
from outbox.models.alarms import Alarm
from outbox.models.daily import DailyWork
from outbox.models.endpoints import WebhookAttempt, WebhookEndpoint, WebhookResend, WebhookSecret
from outbox.models.failures import FailedAttempt
from outbox.models.faults import Fault
from outbox.models.heartbeats import Heartbeat
from outbox.models.lanes import Claim, Lane
from outbox.models.log import Conversation, Message, ScheduledMessage
from outbox.models.redrives import Pace, Redrive, RedriveStatus

__all__ = [
    "Alarm",
    "Claim",
    "Conversation",
    "DailyWork",
    "FailedAttempt",
    "Fault",
    "Heartbeat",
    "Lane",
    "Message",
    "OperatorAct",
    "Pace",
    "Redrive",
    "RedriveStatus",
    "ScheduledMessage",
    "Submission",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookResend",
    "WebhookSecret",
]
