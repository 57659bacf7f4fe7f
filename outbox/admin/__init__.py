"""Admin pages of messaging."""

from outbox.admin import (
    acts,
    dead_letters,
    lanes,
    messages,
    redrives,
    upkeep,
    webhook_endpoints,
    webhook_resends,
)

__all__ = [
    "acts",
    "dead_letters",
    "lanes",
    "messages",
    "redrives",
    "upkeep",
    "webhook_endpoints",
    "webhook_resends",
]
