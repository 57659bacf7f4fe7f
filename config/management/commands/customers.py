"""Erase or export a customer, or find a text in all tables: ``manage.py customers``."""

import json
from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from config.management.options import customer_of
from config.personal_data.records import kept_of, tables_with
from orders.services import ErasureRefused, erase_customer
from outbox.acts import ReasonMissing, shell_operator


class Command(BaseCommand):
    help = "Erase a customer, export all that is stored about one, or find the tables with a text."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        erase = verbs.add_parser("erase", help="remove who it was; orders and payments stay")
        erase.add_argument("--reason", required=True, help="why; it is recorded")
        export = verbs.add_parser("export", help="print all that is stored about one, as JSON")
        for each in (erase, export):
            each.add_argument("customer", metavar="CUSTOMER", help="an id, or a whole reference")
        find = verbs.add_parser("find", help="list the tables that contain a text; status 1 if any")
        find.add_argument("text", metavar="TEXT", help="such as a name that was erased")

    def handle(self, *_: Any, verb: str, **options: Any) -> None:
        """Carry out the verb.

        :raises CommandError: with status 2 if it cannot be done, 1 if a text was found.
        """
        {"erase": self._erase, "export": self._export, "find": self._find}[verb](
            Namespace(**options)
        )

    def _erase(self, asked: Namespace) -> None:
        customer = customer_of(asked.customer)
        try:
            erase_customer(customer_id=customer.pk, reason=asked.reason, actor=shell_operator())
        except (ErasureRefused, ReasonMissing) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"Customer {customer.pk} is erased")

    def _export(self, asked: Namespace) -> None:
        kept = kept_of(customer_of(asked.customer))
        text = json.dumps(kept, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
        self.stdout.write(text)

    def _find(self, asked: Namespace) -> None:
        if found := [f"{table}: {rows}" for table, rows in tables_with(asked.text)]:
            raise CommandError(f"it is in {', '.join(found)}", returncode=1)
        self.stdout.write("It is in no table")
