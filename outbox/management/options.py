"""Read the options of commands, and those that select dead letters."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from outbox.kit.texts import fits
from outbox.models import Lane
from outbox.operations.dead_letters import Selection
from outbox.registry import groups, subscribers

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def age(text: str) -> timedelta:
    """Read a duration such as ``90s``, ``10m``, ``2h`` or ``7d``."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in UNITS:
        raise ArgumentTypeError(f"{text!r} is no age: it wants a number and s, m, h or d")
    return timedelta(seconds=int(number) * UNITS[unit])


def moment(text: str) -> datetime:
    """Read a time such as ``2026-01-31`` or ``2026-01-31T08:00Z``, or an age, as a time."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return timezone.now() - age(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def positive(text: str) -> int:
    """Read an integer from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def share(text: str) -> float:
    """Read a share such as ``10%`` as a number from 0 to 1."""
    number = text.removesuffix("%")
    if not number.isdecimal() or int(number) > 100:
        raise ArgumentTypeError(f"{text!r} is no share: it wants a number from 0% to 100%")
    return int(number) / 100


def text_of_at_most(longest: int) -> Callable[[str], str]:
    """Return a reader of texts that a column of this width can store."""

    def text(given: str) -> str:
        if not fits(given, longest):
            raise ArgumentTypeError(f"{given[:40]!a} is no text of at most {longest} characters")
        return given

    return text


def add_selection(parser: CommandParser) -> None:
    parser.add_argument("--subscriber", default="", metavar="NAME")
    parser.add_argument("--type", default="", metavar="NAME", help="of message: ChargePayment")
    parser.add_argument("--error", default="", metavar="TEXT", help="part of the error")
    parser.add_argument("--error-type", default="", metavar="NAME", help="ValidationError")
    parser.add_argument("--fault", default="", metavar="KEY", help="as the page of an error has it")
    parser.add_argument("--older-than", type=age, metavar="AGE", help="such as 90s, 10m, 2h or 7d")
    parser.add_argument("--conversation", type=UUID, metavar="ID", help="an order's id")
    parser.add_argument("--lane", type=positive, action="append", metavar="ID")
    parser.add_argument("--all", action="store_true", help="all dead letters")
    parser.add_argument("--limit", type=positive, metavar="NUMBER", help="only the oldest so many")
    parser.add_argument("--reason", metavar="TEXT", help="why; without it nothing changes")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be affected")


def selection_of(**options: Any) -> Selection:
    """Return the filter that the options make.

    :raises CommandError: there is no filter, or no such subscriber.
    """
    names = ("subscriber", "type", "error", "error_type", "fault", "conversation", "lane")
    if not (any(options[name] for name in names) or options["older_than"] or options["all"]):
        raise CommandError("say which: a filter such as --subscriber, or --all", returncode=2)
    known = {*subscribers, *groups, *_subscribers_of_dead_letters()}
    if options["subscriber"] and options["subscriber"] not in known:
        raise CommandError(
            f"--subscriber: there is no {options['subscriber']}, only {', '.join(sorted(known))}",
            returncode=2,
        )
    return Selection(
        lanes=options["lane"],
        subscriber=options["subscriber"],
        message_type=options["type"],
        error=options["error"],
        error_type=options["error_type"],
        fault=options["fault"],
        older_than=options["older_than"],
        conversation=options["conversation"],
        limit=options["limit"],
    )


def _subscribers_of_dead_letters() -> set[str]:
    """Name those whose code may be gone: what they are owed can still be discarded."""
    return set(Lane.objects.filter(stopped=True).values_list("subscriber", flat=True))
