"""``manage.py answer_sandbox_bank``: settle what waits at the sandbox's bank."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from payments.sandbox_bank import answer_bank, asked


class Command(BaseCommand):
    help = "Confirm, settle or refuse what waits at the sandbox's bank: of one order, or all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the order and the answer."""
        parser.add_argument("order", nargs="?", type=UUID, metavar="ORDER", help="its id")
        parser.add_argument("--refuse", action="store_true", help="refuse it")
        parser.add_argument("--lost", action="store_true", help="send no webhook")

    def handle(self, *_: Any, order: UUID | None, refuse: bool, lost: bool, **__: Any) -> None:
        """Answer, and print what became of each payment."""
        for entry in asked(order_id=str(order or "")):
            settled = answer_bank(entry.token, confirmed=not refuse, report=not lost)
            state = settled.state if settled else entry.state
            self.stdout.write(f"{entry.key}: {entry.state} -> {state or 'succeeded'}")
