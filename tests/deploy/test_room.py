"""``check --deploy`` warns of what stops a server after months, before it does."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import connection

from config.postgresql import room
from config.postgresql.room import room_is_left
from testkit.shop import Shop
from tests.faults.processes import wait_until

EVERYWHERE = ["default"]
KINDS = ("config.W001", "config.W002", "config.W003", "config.W004")


def found() -> dict[str, str]:
    warnings = room_is_left(databases=EVERYWHERE)
    return {kind: " ".join(each.msg for each in warnings if each.id == kind) for kind in KINDS}


@pytest.fixture
def slot(transactional_db: None) -> Iterator[str]:  # noqa: ARG001 - the database
    """Leave a slot behind that keeps what is written from now on."""
    name = "left_behind"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_create_physical_replication_slot(%s, true)", [name])
        yield name
        cursor.execute("SELECT pg_drop_replication_slot(%s)", [name])


@pytest.mark.usefixtures("transactional_db")
def test_a_sound_server_gets_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEAST_FREE", 0.0)  # whatever else lies on the disk of the tests
    assert room_is_left(databases=EVERYWHERE) == []


def test_a_slot_without_a_reader_is_named(
    slot: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_KEPT_BYTES", 0)
    shop.order()
    assert f"Replication slot {slot} has no reader" in found()["config.W002"]


@pytest.mark.usefixtures("transactional_db")
def test_transaction_ids_that_run_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "OLDEST_TRANSACTION_ID", -1)
    assert "at 2,000,000,000 writes stop" in found()["config.W001"]


@pytest.mark.usefixtures("transactional_db")
def test_dead_rows_that_outnumber_the_living_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_DEAD_ROWS", 0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE worn AS SELECT 1 AS n")
        for _ in range(5):
            cursor.execute("UPDATE worn SET n = n + 1")
    connection.close()  # a session tells its counts at the latest when it ends
    try:
        wait_until(lambda: "dead rows of worn" in found()["config.W003"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE worn")


@pytest.mark.usefixtures("transactional_db")
def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=5, total=100)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert found()["config.W004"] == "The disk of the database has 5% left."
