"""What the witnesses say, compared with the database: journals, the gateway's book, the mails."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from tests.nemesis.customers import Journal
from tests.nemesis.site import Site

MAILED = ("OrderPlaced", "OrderConfirmed", "OrderCancelled", "ShipmentDispatched")
"""Events of which each has a letter, for every order of a fault run."""

MESSAGE_ID = re.compile(r"^Message-ID: <([^@>]+)@", re.MULTILINE)


@dataclass
class Testimony:
    """The faults found, one sentence each, and what was compared."""

    wrong: list[str]
    compared: dict[str, int]


def compare(site: Site, journal: Journal) -> Testimony:
    """Compare what was promised, paid and mailed with what the database says."""
    with site.session() as session:
        wrong = [
            *journal.wrong,
            *(f"no answer within the time: {each}" for each in journal.unanswered),
            *_promises(journal, session),
            *_money(site, session),
            *_letters(site, session),
        ]
        (orders,) = session.execute("SELECT count(*) FROM orders_order").fetchone() or (0,)
    mails = mail_ids(site)
    compared = {
        "orders": orders,
        **{f"promises to {verb}": len(journal.of(verb)) for verb in VERBS},
        "requests without an answer, sent again": journal.answers["none"],
        "entries of the book": len(_book(site)),
        "mails": sum(mails.values()),
        "mails sent again under their id": sum(mails.values()) - len(mails),
    }
    return Testimony(wrong, compared)


_RETURNS = """
SELECT id, completed_at IS NOT NULL,
       expected_until IS NOT NULL AND received_at IS NULL AND given_up_at IS NULL
FROM orders_orderreturn
"""

VERBS = ("place", "cancel", "pack", "dispatch", "refund", "return", "receive")


def _promises(journal: Journal, session: psycopg.Connection[Any]) -> Iterator[str]:
    status = dict(session.execute("SELECT id, status FROM orders_order").fetchall())
    promised = Counter(each.order_id for each in journal.of("place"))
    yield from (f"order {each} was promised and is gone" for each in promised.keys() - status)
    yield from (
        f"order {each} exists and no one was answered so" for each in status.keys() - promised
    )
    yield from (f"order {each} was promised {n} times" for each, n in promised.items() if n > 1)
    for each in journal.of("cancel"):
        if status.get(each.order_id) != "cancelled":
            yield f"order {each.order_id} was to be cancelled and is {status.get(each.order_id)}"
    returns = {row[0]: row[1:] for row in session.execute(_RETURNS.encode()).fetchall()}
    for each in (*journal.of("return"), *journal.of("refund"), *journal.of("receive")):
        made = each.answer.get("return_id")
        completed, awaited = returns.get(UUID(made), (False, False)) if made else (True, False)
        if not completed and not (awaited and each.verb == "return"):
            yield f"{each.verb} {made} of order {each.order_id} was promised and is not completed"
    query = "SELECT id FROM orders_shipment WHERE status IN ('dispatched', 'held_back')"
    gone = {row[0] for row in session.execute(query.encode()).fetchall()}
    for each in journal.of("dispatch"):
        if UUID(each.answer["shipment_id"]) not in gone:
            yield f"shipment {each.answer['shipment_id']} was promised to leave and has not"


def _money(site: Site, session: psycopg.Connection[Any]) -> Iterator[str]:
    """Count what the gateway keeps of each order by its own book."""
    moved: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    for kind, order, amount in _book(site):
        moved[order, kind] += amount
        times[order, kind] += 1
    owed = {
        str(order): (status, total, back)
        for order, status, total, back in session.execute(_OWED.encode()).fetchall()
    }
    for order in sorted({order for order, _ in moved}):
        status, total, back = owed.get(order, ("unknown", 0, 0))
        taken = moved[order, "charge"] + moved[order, "capture"] - moved[order, "refund"]
        if times[order, "charge"] > 1 or times[order, "authorize"] > 1:
            yield f"order {order} was charged {times[order, 'charge']} times"
        if status in {"unknown", "cancelled"} and taken:
            yield f"order {order} is {status} and the gateway keeps {taken}"
        if (
            status in {"confirmed", "fulfilled"}
            and moved[order, "charge"]
            and taken != total - back
        ):
            yield f"order {order} is {status}: the gateway keeps {taken}, not {total - back}"


_OWED = "SELECT id, status, amount, returned_amount FROM orders_order"


def _letters(site: Site, session: psycopg.Connection[Any]) -> Iterator[str]:
    sent = mail_ids(site).keys()
    for message, kind in session.execute(
        "SELECT id, type FROM outbox_message WHERE type = ANY(%s)", [list(MAILED)]
    ).fetchall():
        if str(message) not in sent:
            yield f"the letter of {kind} {message} was not sent"


def mail_ids(site: Site) -> Counter[str]:
    """Count the mails by the message of which they tell; a file may hold several."""
    texts = (path.read_text() for path in site.outbox.glob("*"))
    return Counter(each for text in texts for each in MESSAGE_ID.findall(text))


def _book(site: Site) -> list[tuple[str, str, int]]:
    if not site.book.exists():
        return []
    with closing(sqlite3.connect(site.book)) as book:
        query = "SELECT kind, order_id, amount FROM entry WHERE decline_code = ''"
        return book.execute(query).fetchall()
