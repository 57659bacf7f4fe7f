"""Admin pages of messaging."""

from outbox.admin import (
    dead_letters,
    lanes,
    messages,
    redrives,
    upkeep,
    webhook_endpoints,
    webhook_resends,
)

__all__ = [
    "dead_letters",
    "lanes",
    "messages",
    "redrives",
    "upkeep",
    "webhook_endpoints",
    "webhook_resends",
]
