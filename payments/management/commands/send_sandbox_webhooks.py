"""``manage.py send_sandbox_webhooks``: send the sandbox's webhooks, signed, over HTTP."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from payments.gateways.port import BookEntry
from payments.gateways.sandbox import webhooks
from payments.gateways.sandbox.gateway import connect

PATH = "/api/v1/payments/webhooks/sandbox"


class Command(BaseCommand):
    help = "Send a webhook for each entry of the sandbox's book, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the address, the period, and which faults to make."""
        parser.add_argument(
            "--to", default="http://127.0.0.1:8000", help="the address of this application"
        )
        parser.add_argument("--minutes", type=int, default=10, help="how far back to go (10)")
        parser.add_argument("--twice", action="store_true", help="send each one twice")
        parser.add_argument("--reversed", action="store_true", help="newest first")
        parser.add_argument("--forged", action="store_true", help="sign them with another secret")

    def handle(self, *_: Any, **options: Any) -> None:
        """Send the webhooks, and count the answers.

        :raises CommandError: bad input (status 2), or no server answers there (status 1).
        """
        if urlsplit(options["to"]).scheme not in {"http", "https"}:
            raise CommandError("--to wants an address such as http://127.0.0.1:8000", returncode=2)
        if not settings.SANDBOX_WEBHOOK_SECRETS:
            raise CommandError("SANDBOX_WEBHOOK_SECRET is not set", returncode=2)
        now = timezone.now()
        entries = list(connect().entries(now - timedelta(minutes=options["minutes"]), now))
        if options["reversed"]:
            entries.reverse()
        secret = "another secret" if options["forged"] else settings.SANDBOX_WEBHOOK_SECRETS[0]
        answers: dict[int, int] = {}
        for entry in entries:
            for _copy in range(2 if options["twice"] else 1):
                status = _post(options["to"].rstrip("/") + PATH, entry, secret)
                answers[status] = answers.get(status, 0) + 1
        shown = ", ".join(f"{count} answered {status}" for status, count in sorted(answers.items()))
        self.stdout.write(f"{len(entries)} webhooks: {shown or 'none to send'}")


def _post(address: str, entry: BookEntry, secret: str) -> int:
    body = webhooks.body_of(entry)
    request = Request(address, body, webhooks.headers_of(body, secret))  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise  # nosec B310
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except URLError as error:
        raise CommandError(f"{address}: {error.reason}", returncode=1) from error
