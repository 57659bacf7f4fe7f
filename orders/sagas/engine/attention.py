"""Flag what a saga is about while it needs attention, besides alerting operators."""

from collections.abc import Callable
from uuid import UUID

from outbox.messages import Command

Flag = Callable[[UUID, str], Command]
"""Makes the command that flags a conversation for a reason; an empty reason clears the flag."""

flags: dict[type[Command], Flag] = {}
"""The commands by which contexts are flagged; a context puts its own here before sagas start."""
