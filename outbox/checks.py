"""System checks: the wiring of messages must have no loose ends (``manage.py check``)."""

from typing import Any

from django.core.checks import CheckMessage, Error

from outbox.messages import Command, context_of, type_of, upcaster_of
from outbox.registry import subscribers


def commands_have_one_handler(**_: Any) -> list[CheckMessage]:
    """Report commands that nobody handles, and those that several subscribers would carry out."""
    problems: list[CheckMessage] = []
    for name, contract in sorted(type_of.items()):
        if not issubclass(contract, Command):
            continue
        hearers = [each.name for each in subscribers.values() if contract in each.hears]
        if not hearers:
            problems.append(
                Error(
                    f"Nobody handles the command {name}.",
                    hint="Wire a function to it in its context's handlers.py.",
                    id="outbox.E001",
                )
            )
        elif len(hearers) > 1:
            problems.append(
                Error(
                    f"Several subscribers handle the command {name}: {', '.join(hearers)}.",
                    hint="A command has exactly one handler; make it an event for the others.",
                    id="outbox.E002",
                )
            )
    return problems


def old_versions_can_be_read(**_: Any) -> list[CheckMessage]:
    """Report versions of messages that were published once and that this code cannot read."""
    return [
        Error(
            f"{name} is at version {contract.version}, and version {version} has no upcaster.",
            hint=f"Write one in {context_of(contract)}/upcasters.py: rows of it are in the log.",
            id="outbox.E003",
        )
        for name, contract in sorted(type_of.items())
        for version in range(1, contract.version)
        if (name, version) not in upcaster_of
    ]
