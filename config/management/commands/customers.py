"""``manage.py customers``: erase one, export all that is kept of one, find where a text stands."""

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
    help = "Erase a customer, export all that is kept of one, or find the tables with a text."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        erase = verbs.add_parser("erase", help="forget who it was; the books stay")
        erase.add_argument("--reason", required=True, help="why; it stays in the records")
        export = verbs.add_parser("export", help="print all that is kept of one, as JSON")
        for each in (erase, export):
            each.add_argument("customer", metavar="CUSTOMER", help="an id, or a whole reference")
        find = verbs.add_parser("find", help="say in which tables a text stands; status 1 if so")
        find.add_argument("text", metavar="TEXT", help="such as a name that was erased")

    def handle(self, *_: Any, verb: str, **options: Any) -> None:
        """Do what the verb says.

        :raises CommandError: with status 2 where it cannot be done, 1 where a text was found.
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
        self.stdout.write(f"Nobody knows any more who customer {customer.pk} was")

    def _export(self, asked: Namespace) -> None:
        kept = kept_of(customer_of(asked.customer))
        text = json.dumps(kept, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
        self.stdout.write(text)

    def _find(self, asked: Namespace) -> None:
        if found := [f"{table}: {rows}" for table, rows in tables_with(asked.text)]:
            raise CommandError(f"it stands in {', '.join(found)}", returncode=1)
        self.stdout.write("It stands in no table")
