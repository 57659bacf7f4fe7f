"""``manage.py outbox``: show what is owed, and act on dead letters."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.acts import ReasonMissing, shell_operator
from outbox.doorbell.heartbeats import Worker, workers
from outbox.management.options import add_selection, moment, positive, selection_of, share
from outbox.models import Pace, RedriveStatus
from outbox.operations.by_command import RedriveStalled, chosen_by, follow
from outbox.operations.dead_letters import Preview, Selection, preview
from outbox.operations.redrive import SubscriberInUse, discard, redrive, remove_subscriber
from outbox.operations.redrives import begin_redrive
from outbox.operations.replaying import NotReplayable, count_missed, replay
from outbox.operations.status import SubscriberStatus, status


class Command(BaseCommand):
    help = "Show what is owed; redrive or discard dead letters; drop a removed subscriber's lanes."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        shown = verbs.add_parser("status", help="what each subscriber is owed")
        shown.add_argument("--json", action="store_true", help="as JSON")
        shown.add_argument(
            "--fail-above",
            type=positive,
            metavar="SECONDS",
            help="exit with 1 if something has been due for longer",
        )
        shown.add_argument(
            "--fail-on-dead", action="store_true", help="exit with 1 if there is a dead letter"
        )
        again = verbs.add_parser("redrive", help="make dead letters owed again")
        again.add_argument(
            "--ramps",
            action="store_true",
            help="redrive 1, 2, 5, 10 and so on while few fail; workers must run",
        )
        again.add_argument(
            "--most-failing",
            type=share,
            default=0.1,
            metavar="SHARE",
            help="stop the ramps when more than this fail again (10%%)",
        )
        again.add_argument(
            "--patience",
            type=positive,
            default=60,
            metavar="SECONDS",
            help="stop the ramps when nothing is tried for this long (60)",
        )
        given_up = verbs.add_parser("discard", help="skip dead letters without their effect")
        for acting in (again, given_up):
            add_selection(acting)
        replayed = verbs.add_parser(
            "replay", help="hand a subscriber events from before it existed, if it says it may"
        )
        replayed.add_argument("name", metavar="SUBSCRIBER")
        replayed.add_argument(
            "--since", required=True, type=moment, metavar="TIME", help="2026-01-31, or an age: 7d"
        )
        replayed.add_argument("--reason", metavar="TEXT", help="why; without it nothing changes")
        removed = verbs.add_parser(
            "remove", help="drop what is owed to a subscriber that this code no longer has"
        )
        removed.add_argument("name", metavar="SUBSCRIBER")
        removed.add_argument("--reason", required=True, metavar="TEXT", help="why")

    def handle(self, *_: Any, verb: str, **options: Any) -> None:
        if verb == "status":
            self._status(**options)
            return
        if verb == "remove":
            self._remove(**options)
            return
        if verb == "replay":
            self._replay(**options)
            return
        selection = selection_of(**options)
        found = preview(selection)
        self._show(found)
        if not found.dead:
            return
        if options["dry_run"] or options["reason"] is None:
            self.stdout.write(f"nothing was changed: {verb} with --reason TEXT and no --dry-run")
            return
        try:
            self._act(verb, selection, **options)
        except ReasonMissing as error:
            raise CommandError("--reason: say why it has to be done", returncode=2) from error

    def _remove(self, *, name: str, reason: str, **_: Any) -> None:
        try:
            removed = remove_subscriber(name, actor=shell_operator(), reason=reason)
        except (SubscriberInUse, ReasonMissing) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"removed: {name}, to whom {removed} conversations owed something")

    def _replay(self, *, name: str, since: datetime, reason: str | None, **_: Any) -> None:
        try:
            count, conversations = count_missed(name, since=since)
            self.stdout.write(f"events that {name} has not received: {count} of {conversations}")
            if reason is None:
                self.stdout.write("nothing was changed: replay with --reason TEXT")
                return
            done = replay(name, since=since, actor=shell_operator(), reason=reason)
        except (NotReplayable, ReasonMissing) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"handed over: {done.events} events of {done.conversations}")
        for conversation, why in done.failed.items():
            self.stdout.write(f"failed: {conversation}: {why}")
        if done.failed:
            raise CommandError(f"{len(done.failed)} conversations failed: mend it and run it again")

    def _act(self, verb: str, selection: Selection, *, reason: str, **options: Any) -> None:
        actor = shell_operator()
        if verb == "discard":
            self.stdout.write(f"discarded: {len(discard(selection, actor=actor, reason=reason))}")
        elif options["ramps"]:
            self._redrive_in_ramps(selection, actor, reason, **options)
        else:
            self.stdout.write(f"redriven: {len(redrive(selection, actor=actor, reason=reason))}")

    def _redrive_in_ramps(
        self,
        selection: Selection,
        actor: str,
        reason: str,
        *,
        most_failing: float,
        patience: int,
        **_: Any,
    ) -> None:
        begun = begin_redrive(
            chosen_by(selection),
            pace=Pace.RAMP,
            per_minute=None,
            most_failing=round(100 * most_failing),
            actor=actor,
            reason=reason,
        )
        self.stdout.write(f"{begun} has begun; workers go on with it if this command ends")
        try:
            for ramp in follow(begun, patience=patience):
                self.stdout.write(f"settled: {ramp.settled}, failed again: {ramp.failed}")
        except RedriveStalled as error:
            raise CommandError(str(error)) from error
        if begun.status == RedriveStatus.STOPPED:
            raise CommandError(f"stopped: {ramp.error_rate:.0%} failed again")
        if begun.status != RedriveStatus.DONE:
            raise CommandError(f"{begun} is {begun.status}")

    def _show(self, found: Preview) -> None:
        for group in found.groups:
            self.stdout.write(
                f"{group.dead} x {group.message_type} to {group.subscriber}"
                f" since {group.since:%Y-%m-%d %H:%M}: {group.example}"
            )
        self.stdout.write(
            f"dead letters: {found.dead}, of conversations: {found.conversations},"
            f" waiting behind them: {found.behind}"
        )

    def _status(self, *, json: bool, fail_above: int | None, fail_on_dead: bool, **_: Any) -> None:
        standings, there = status(), workers()
        self.stdout.write(as_json(standings, there) if json else as_table(standings, there))
        late = fail_above is not None and any(s.oldest_seconds > fail_above for s in standings)
        if late or (fail_on_dead and any(standing.dead for standing in standings)):
            sys.exit(1)


def as_json(standings: Iterable[SubscriberStatus], there: Sequence[Worker]) -> str:
    shown = {"subscribers": list(map(asdict, standings)), "workers": list(map(asdict, there))}
    return json.dumps(shown, indent=2)


def as_table(standings: Iterable[SubscriberStatus], there: Sequence[Worker]) -> str:
    """Return a table of subscribers and a line per worker."""
    heading = ("subscriber", "owed", "retrying", "oldest, s", "dead", "messages/min")
    rows = [
        (
            s.subscriber,
            s.owed,
            s.retrying,
            f"{s.oldest_seconds:.1f}",
            s.dead,
            s.messages_per_minute,
        )
        for s in standings
    ]
    lines = [
        f"{row[0]:20}" + "".join(f"{value:>13}" for value in row[1:]) for row in (heading, *rows)
    ]
    lines += [f"worker {w.name}: last heartbeat {w.silent_seconds:.1f} s ago" for w in there]
    return "\n".join(lines if there else [*lines, "no worker sent a heartbeat in the last minute"])
