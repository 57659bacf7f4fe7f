"""``manage.py sagas``: print how sagas react, check a deployment, act on running sagas."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.sagas.engine.pinning import UnknownDefinition
from orders.sagas.engine.tables import tables
from orders.sagas.models import SagaInstance
from orders.sagas.operators.interventions import Refused
from orders.sagas.operators.outlook import Outlook
from orders.sagas.operators.redeciding import replay
from orders.sagas.operators.verbs import VERBS, table
from orders.sagas.operators.versions import BadMigration, migrate, stranded
from outbox.acts import ReasonMissing
from outbox.management.options import moment

ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "step": ("--step", {"required": True, "metavar": "NAME", "help": "which step"}),
    "reference": (
        "--reference",
        {"default": "", "metavar": "TEXT", "help": "where it can be looked up"},
    ),
}
"""By what a verb asks for, the option that takes it."""


class Command(BaseCommand):
    help = "Print how sagas react, check a deployment, and act on running sagas."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the verb, the saga and the reason."""
        self.add_verbs(parser.add_subparsers(dest="verb", required=True, metavar="VERB"))

    def add_verbs(self, chosen: Any) -> None:
        """Add a parser for each verb."""
        chosen.add_parser("reactions", help="print what a saga does about every message")
        chosen.add_parser("verbs", help="print what operators can do to a saga")
        chosen.add_parser("compat", help="status 1 when running sagas cannot end with this code")
        decided = chosen.add_parser(
            "replay", help="status 1 when this code would have decided a stored history otherwise"
        )
        decided.add_argument("--since", type=moment, metavar="TIME", help="2026-01-31, or 7d")
        moved = chosen.add_parser("migrate", help="move running sagas to a newer version")
        moved.add_argument("--reason", required=True, metavar="TEXT", help="kept with the act")
        for verb in VERBS.values():
            acting = chosen.add_parser(verb.name, help=verb.effect)
            acting.add_argument("saga", type=UUID, metavar="ID", help="of the saga, or its order")
            acting.add_argument("--reason", default="", metavar="TEXT", help="kept with the act")
            acting.add_argument("--dry-run", action="store_true", help="say what would happen")
            if verb.asks:
                option, details = ASKED[verb.asks]
                acting.add_argument(option, **details)

    def handle(self, *_: Any, verb: str, **options: Any) -> None:
        """Print, check, migrate or act."""
        if verb == "reactions":
            self.stdout.write(tables())
        elif verb == "verbs":
            self.stdout.write(table())
        elif verb == "compat":
            self._compat()
        elif verb == "replay":
            self._replay(options["since"])
        elif verb == "migrate":
            self._migrate(options["reason"])
        else:
            self._act(verb, options)

    def _compat(self) -> None:
        found = stranded()
        for each in found:
            self.stdout.write(
                f"{each.count} of {each.definition} version {each.version}: {each.why}"
            )
        if found:
            raise CommandError("running sagas cannot end with this code: do not deploy it")
        self.stdout.write("every running saga can end with this code")

    def _replay(self, since: datetime | None) -> None:
        done = replay(since=since)
        for difference, orders in done.differences.items():
            self.stdout.write(
                f"{len(orders)} of {difference.definition} version {difference.version},"
                f" upon {difference.cause}: decided {difference.decided},"
                f" would decide {difference.would_decide}; such as order {orders[0]}"
            )
        for why, count in done.left_out.items():
            self.stdout.write(f"{count} left out: {why}")
        if done.differences:
            found = sum(map(len, done.differences.values()))
            raise CommandError(f"{found} of {done.sagas} histories would be decided otherwise")
        self.stdout.write(f"all {done.sagas} histories would be decided as they were")

    def _migrate(self, reason: str) -> None:
        try:
            for saga, version, moved in migrate(reason=reason):
                self.stdout.write(f"{saga.name}: {moved} from version {version} to {saga.version}")
        except (BadMigration, ReasonMissing) as error:
            raise CommandError(str(error), returncode=2) from error

    def _act(self, verb: str, options: dict[str, Any]) -> None:
        extra = {name: options[name] for name in ("step", "reference") if name in options}
        try:
            outlook = VERBS[verb](
                saga_id=_saga_of(options["saga"]),
                by=None,
                reason=options["reason"],
                dry_run=options["dry_run"],
                **extra,
            )
        except ReasonMissing as error:
            raise CommandError("--reason: say why it has to be done", returncode=2) from error
        except (Refused, UnknownDefinition) as error:
            raise CommandError(str(error), returncode=2) from error
        self._show(outlook, dry_run=options["dry_run"])

    def _show(self, outlook: Outlook, *, dry_run: bool) -> None:
        self.stdout.write(f"saga: {outlook.before} -> {outlook.after}")
        for heading, lines in (
            ("changes", outlook.changes),
            ("sends", outlook.sends),
            ("left", outlook.left),
        ):
            for line in lines:
                self.stdout.write(f"{heading}: {line}")
        if dry_run:
            self.stdout.write("nothing was changed")


def _saga_of(key: UUID) -> UUID:
    """Find a saga by its id, or the one saga of an order that has not ended."""
    if SagaInstance.objects.filter(pk=key).exists():
        return key
    sagas = list(SagaInstance.objects.filter(correlation_id=key, ended_at__isnull=True))
    if len(sagas) != 1:
        raise CommandError(f"{key} is no saga, and no order with one open saga", returncode=2)
    return sagas[0].pk
