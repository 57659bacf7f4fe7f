"""Debezium's Outbox Event Router can tail the log: its columns, and what the WAL contains."""

import json
import re
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from uuid_utils.compat import uuid7

from outbox.models import Lane, Message
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import redrive
from outbox.publishing import publish
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.outbox.conftest import Listen, ring
from tests.outbox.contracts import Rang

PAGE = (settings.BASE_DIR / "docs" / "scaling.md").read_text()
ROUTER = "transforms.outbox."
DEFAULTS = {
    "table.field.event.id": "id",
    "table.field.event.key": "aggregateid",
    "table.field.event.type": "type",
    "table.field.event.payload": "payload",
    "route.by.field": "aggregatetype",
}
"""The columns that the router reads by default."""


def connector() -> dict[str, str]:
    (text,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    config: dict[str, str] = json.loads(text)["config"]
    return config


def columns() -> dict[str, str]:
    """Return the columns of the log with their types."""
    return {
        str(field.column): field.db_type(connection) or ""
        for field in Message._meta.concrete_fields  # noqa: SLF001 - Django's documented Model._meta API
    }


def placed() -> dict[str, tuple[str, ...]]:
    """Return where the configuration puts each additional column."""
    placement = connector()[f"{ROUTER}table.fields.additional.placement"]
    return {column: tuple(where) for column, *where in (p.split(":") for p in placement.split(","))}


def test_the_columns_that_the_router_wants_are_there() -> None:
    router = {
        name.removeprefix(ROUTER): value
        for name, value in connector().items()
        if name.startswith(ROUTER)
    }
    named = {router.get(option, column) for option, column in DEFAULTS.items()}
    assert named | placed().keys() <= columns().keys()
    assert (columns()["id"], columns()["payload"]) == ("uuid", "jsonb")
    assert connector()["table.include.list"] == f"public.{Message._meta.db_table}"  # noqa: SLF001 - as above


def test_every_further_column_becomes_a_header() -> None:
    routed = set(DEFAULTS.values()) - {"type"}
    assert placed().keys() == columns().keys() - routed
    assert {where[0] for where in placed().values()} == {"header"}


@dataclass
class Tail:
    """What a reader of the write-ahead log has seen of the table, by PostgreSQL's ``pgoutput``.

    Source: PostgreSQL documentation, "Logical Replication Message Formats".
    """

    kinds: set[str] = field(default_factory=set)
    inserted: list[dict[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def read(self, message: bytes) -> None:
        kind = message[:1].decode()
        self.kinds.add(kind)
        if kind == "R":
            self._read_relation(message[5:])
        elif kind == "I":
            self._read_insert(message[6:])

    def _read_relation(self, rest: bytes) -> None:
        _schema, _table, rest = rest.split(b"\0", 2)
        (number,) = struct.unpack(">h", rest[1:3])
        rest, self.names = rest[3:], []
        for _ in range(number):
            name, rest = rest[1:].split(b"\0", 1)
            self.names.append(name.decode())
            rest = rest[8:]

    def _read_insert(self, rest: bytes) -> None:
        rest, row = rest[2:], {}
        for name in self.names:
            kind, rest = rest[:1], rest[1:]
            if kind == b"t":
                (length,) = struct.unpack(">i", rest[:4])
                row[name], rest = rest[4 : 4 + length].decode(), rest[4 + length :]
        self.inserted.append(row)


@pytest.fixture
def tail(transactional_db: None) -> Iterator["Tailing"]:  # noqa: ARG001 - the tables
    """Tail the log from here on, as a connector does: a publication, a slot, a session."""
    session = connections["default"].copy()
    with session.cursor() as cursor:
        cursor.execute("SHOW wal_level")
        if cursor.fetchone() != ("logical",):
            pytest.skip("the server's wal_level is not logical")
        slot = f"tail_{uuid7().hex}"
        cursor.execute(f"CREATE PUBLICATION {slot} FOR TABLE outbox_message")
        cursor.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput', true)", [slot])
    yield Tailing(session, slot)
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_drop_replication_slot(%s)", [slot])
        cursor.execute(f"DROP PUBLICATION {slot}")
    session.close()


class Tailing:
    def __init__(self, session: object, slot: str) -> None:
        self.session, self.slot = session, slot
        self.seen = Tail()

    def catch_up(self) -> Tail:
        """Read what has been committed since the last call."""
        with self.session.cursor() as cursor:  # type: ignore[attr-defined]  # a wrapper of Django's
            cursor.execute(
                "SELECT data FROM pg_logical_slot_get_binary_changes("
                "%s, NULL, NULL, 'proto_version', '1', 'publication_names', %s)",
                [self.slot, self.slot],
            )
            for (data,) in cursor.fetchall():
                self.seen.read(bytes(data))
        return self.seen


def test_the_tail_has_every_message_in_its_place_and_no_update(
    tail: Tailing, audited: Shop
) -> None:
    audited.order()
    audited.order(payment_method="pm_card_chargeDeclined")
    settle_all_but("gateway")
    Lane.objects.filter(subscriber="gateway").update(stopped=True)
    redrive(Selection(), actor="ada", reason="a test")
    settle()
    seen = tail.catch_up()
    assert seen.kinds == {"B", "R", "I", "C"}
    tailed = [(row["aggregateid"], int(row["sequence"])) for row in seen.inserted]
    logged = Message.objects.values_list("correlation_id", "sequence")
    assert sorted(tailed) == sorted((str(order), sequence) for order, sequence in logged)
    for order in {order for order, _ in tailed}:
        places = [sequence for each, sequence in tailed if each == order]
        assert places == list(range(1, len(places) + 1))


def test_the_tail_shows_the_order_of_commits_and_not_of_ids(tail: Tailing, listen: Listen) -> None:
    listen()
    slow = uuid7()

    def quick() -> None:
        ring(number=1)
        connection.close()

    with transaction.atomic():
        publish(Rang(number=2), conversation=slow)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(quick).result()
    rows = tail.catch_up().inserted
    assert [json.loads(row["payload"])["number"] for row in rows] == [1, 2]
    assert rows[0]["id"] > rows[1]["id"]
