"""``manage.py reconcile``: compare our ledger with the gateways' books."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from payments.gateways.port import GatewaySilent, UnknownGateway
from payments.reconciliation import KeepsNoBook, gateways_to_reconcile, reconcile
from payments.services.comparing import LedgerDifference


class Command(BaseCommand):
    help = "Compare our ledger with the gateways' books, entry by entry; status 1 if they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the period, the gateway, and whether to flag payments that differ."""
        parser.add_argument(
            "--since", help="an ISO 8601 time or date; by default a day before --until"
        )
        parser.add_argument("--until", help="an ISO 8601 time or date; by default now")
        parser.add_argument("--gateway", help="only this one; by default all that have payments")
        parser.add_argument(
            "--dry-run", action="store_true", help="do not flag payments or update the ledger"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """List the differences, one per line.

        :raises CommandError: there are some (status 1), the input is bad (status 2), or a gateway
            does not answer now (status 3).
        """
        until = _moment(options["until"], timezone.now())
        since = _moment(options["since"], until - timedelta(days=1))
        if since >= until:
            raise CommandError("--since has to be before --until", returncode=2)
        wanted = options["gateway"]
        verdicts: dict[str, int] = {}
        for name in [wanted] if wanted else gateways_to_reconcile():
            period = f"{name}, {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}"
            try:
                differences = reconcile(
                    gateway=name, since=since, until=until, flag=not options["dry_run"]
                )
            except (UnknownGateway, KeepsNoBook) as error:
                verdicts[f"{period}: nothing was compared: {error}"] = 2 if wanted else 0
                continue
            except GatewaySilent as error:
                verdicts[f"{period}: nothing was compared: {error}"] = 3
                continue
            for difference in differences:
                self.stdout.write(_line(difference))
            count = len(differences) or "no"
            verdicts[f"{period}: {count} differences"] = 1 if differences else 0
        if status := max(verdicts.values()):
            raise CommandError("; ".join(verdicts), returncode=status)
        self.stdout.write("\n".join(verdicts))


def _moment(text: str | None, default: datetime) -> datetime:
    if text is None:
        return default
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(
            f"{text!r} is no time: write 2026-11-22 or 2026-11-22T18:00", returncode=2
        )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _line(difference: LedgerDifference) -> str:
    amounts = f"ours {_shown(difference.ours)}, theirs {_shown(difference.theirs)}"
    where = difference.key or f"{difference.order_id} {difference.kind}"
    return f"{where}: {amounts}: {difference.what}. {difference.act.capitalize()}."


def _shown(amount: int | None) -> str:
    return "nothing" if amount is None else str(amount)
