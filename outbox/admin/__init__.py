"""Admin pages of messaging, a module per subject."""

from outbox.admin import dead_letters, lanes, messages

__all__ = ["dead_letters", "lanes", "messages"]
