"""Rebuild read models from the log, and verify them."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from outbox.history import CannotReconstruct
from readmodels.drift import drift
from readmodels.drift.sampling import drift_is_over, sample
from readmodels.models import Rebuild
from readmodels.projection import projections
from readmodels.rebuild import rebuild, shadow
from readmodels.rebuild.catch_up import RebuildRefused
from readmodels.rebuild.comparison import compare

SOME = 1_000
"""How many rows ``verify`` compares without ``--all``."""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the sub-commands."""
        tasks = parser.add_subparsers(dest="task", required=True)
        rebuilding = tasks.add_parser(
            "rebuild", help="Rebuild a read model while the old one is served."
        )
        rebuilding.add_argument("name", help="The read model.")
        how = rebuilding.add_mutually_exclusive_group()
        how.add_argument("--resume", action="store_true", help="Continue an interrupted rebuild.")
        how.add_argument("--drop", action="store_true", help="Discard an interrupted rebuild.")
        how.add_argument("--rollback", action="store_true", help="Put the replaced rows back.")
        rebuilding.add_argument(
            "--no-swap", action="store_true", help="Stop before the swap, with the report."
        )
        rebuilding.add_argument(
            "--accept", action="store_true", help="Swap even if rows would change."
        )
        verifying = tasks.add_parser("verify", help="Compare rows with the contexts' tables.")
        verifying.add_argument("names", nargs="*", help="Read models; by default all.")
        verifying.add_argument(
            "--all",
            action="store_true",
            dest="every_row",
            help=f"Every row, instead of the latest {SOME} and {SOME} at random.",
        )
        verifying.add_argument("--repair", action="store_true", help="Write the right values.")

    def handle(self, *_: Any, task: str, **options: Any) -> None:
        """Run a sub-command; a refusal is one line and exit status 2."""
        try:
            if task == "rebuild":
                self._rebuild(**options)
            else:
                self._verify(**options)
        except (RebuildRefused, CannotReconstruct) as refused:
            raise CommandError(str(refused), returncode=2) from refused

    def _rebuild(
        self,
        *,
        name: str,
        resume: bool,
        drop: bool,
        rollback: bool,
        **swap: bool,
    ) -> None:
        if drop:
            rebuild.drop(name)
            self.stdout.write(f"the rebuild of {name} is forgotten")
        elif rollback:
            rebuild.roll_back(name)
            self.stdout.write(f"{name}: the replaced rows are back, and up to date")
        else:
            under_way = rebuild.resume(name) if resume else rebuild.begin(name)
            self._replay(under_way)
            self._report(name)
            if not swap["no_swap"]:
                if not swap["accept"]:
                    self._ask(under_way)
                rebuild.finish(under_way)
                drift_is_over(name)
                self.stdout.write(f"{name} is rebuilt; --rollback puts the old rows back")

    def _replay(self, under_way: Rebuild) -> None:
        with tqdm(
            total=rebuild.estimate(),
            initial=under_way.replayed,
            unit=" conversations",
            file=sys.stderr,
            disable=None,
        ) as bar:
            while count := rebuild.advance(under_way):
                bar.update(count)

    def _report(self, name: str) -> None:
        model = rebuild.read_model(name)
        database = model.database
        for table in model.tables:
            with shadow.unhurried(database):
                comparison = compare(table, shadow.NEXT, database=database)
            self.stdout.write(str(comparison))
            for example in comparison.examples:
                self.stdout.write(f"  {example}")

    def _ask(self, under_way: Rebuild) -> None:
        """Continue if no row would change, or if the operator at the terminal agrees."""
        wrong = rebuild.changes_of(under_way)
        if not wrong:
            return
        summary = (
            f"{len(wrong)} rows of {under_way.name} would say something else, such as {wrong[0]}"
        )
        if sys.stdin.isatty() and input(f"{summary}. Swap the tables? [y/N] ").lower() == "y":
            return
        raise RebuildRefused(
            f"{summary}: read the report, then go on with --resume --accept, or --drop the rebuild"
        )

    def _verify(self, *, names: list[str], every_row: bool, repair: bool, **_: Any) -> None:
        found = 0
        for projection in [rebuild.read_model(name) for name in names or sorted(projections)]:
            keys = None if every_row else sample(projection, SOME)
            wrong = 0
            for differences in drift.compare_all(projection, keys, repair=repair):
                wrong += len(differences)
                for each in differences:
                    self.stdout.write(f"{each}{' (repaired)' if repair else ''}")
            if repair or (every_row and not wrong):
                drift_is_over(projection.name)
            found += wrong
        self.stdout.write(f"{found} rows differ")
        if found and not repair:
            sys.exit(1)
