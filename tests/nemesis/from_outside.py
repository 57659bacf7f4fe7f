"""Faults of the gateway, forged and repeated webhooks, and commands of operators meanwhile."""

import http.client
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from payments.gateways.port import BookEntry
from payments.gateways.sandbox import webhooks
from tests.nemesis.faults import fault
from tests.nemesis.site import SIGNED_WITH, Site
from tests.ports import HOST

WEBHOOKS = "/api/v1/payments/webhooks/sandbox"


@fault("the gateway is away", at="gateway", seconds=(0.5, 4), weight=4)
def gateway_away(site: Site, _: Random) -> Iterator[None]:
    mark = site.book.with_name(f"{site.book.name}.away")
    mark.touch()
    yield
    mark.unlink()


@fault("webhooks come twice and out of order", at="webhooks", weight=10)
def repeated_webhooks(site: Site, random: Random) -> Iterator[None]:
    entries = _entries(site, random)
    for entry in [*entries, *reversed(entries)]:
        _send(site, entry, SIGNED_WITH)
    yield


@fault("webhooks are forged", at="webhooks", weight=8)
def forged_webhooks(site: Site, random: Random) -> Iterator[None]:
    order = str(UUID(int=random.getrandbits(128)))
    for each in [*_entries(site, random), _entry("charge", f"{order}:charge:1", order, 1250, 0)]:
        _send(site, each, "that of a thief")
    yield


COMMANDS: dict[str, tuple[str, ...]] = {
    "a read model is rebuilt": ("readmodels", "rebuild", "order_summary"),
    "another read model is rebuilt": ("readmodels", "rebuild", "order_detail"),
    "read models are compared": ("readmodels", "verify"),
    "the books are reconciled": ("reconcile",),
    "dead letters are redriven": ("outbox", "redrive", "--all", "--reason", "a fault run"),
    "the log is kept short": ("retention",),
}


def _operate(name: str, words: tuple[str, ...]) -> None:
    @fault(f"operators: {name}", at=f"operators: {words[0]}", weight=1)
    def operate(site: Site, _: Random) -> Iterator[None]:
        program = site.manage(*words)
        with (site.folder / "operators.log").open("ab") as log:
            subprocess.run(
                program.command,
                cwd=program.folder,
                env={**os.environ, **program.variables},
                stdout=log,
                stderr=log,
                check=False,
                timeout=60,
            )
        yield


for _name, _words in COMMANDS.items():
    _operate(_name, _words)


def _entries(site: Site, random: Random) -> list[BookEntry]:
    """Draw a few entries of the book that moved money."""
    if not site.book.exists():
        return []
    with closing(sqlite3.connect(site.book, timeout=10)) as book:
        rows = book.execute(
            "SELECT kind, key, order_id, amount, made_at FROM entry WHERE decline_code = ''"
            " ORDER BY made_at DESC LIMIT 20"
        ).fetchall()
    return [_entry(*row) for row in random.sample(rows, min(3, len(rows)))]


def _entry(kind: str, key: str, order_id: str, amount: int, made_at: float) -> BookEntry:
    at = datetime.fromtimestamp(made_at or time.time(), UTC)
    return BookEntry(kind, key, order_id, key, amount, "GBP", at)


def _send(site: Site, entry: BookEntry, secret: str) -> None:
    body = webhooks.body_of(entry)
    with (
        suppress(OSError, http.client.HTTPException),
        closing(http.client.HTTPConnection(HOST, site.web, timeout=5)) as asked,
    ):
        asked.request("POST", WEBHOOKS, body, webhooks.headers_of(body, secret))
        asked.getresponse().read()
