"""/livez and /readyz: what orchestrators and load balancers ask."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config.http import health
from config.http.health import Doorbell
from outbox.doorbell.connection import Connection
from outbox.doorbell.heartbeats import HeartbeatWriter
from outbox.models import Lane
from testkit.shop import Shop


@pytest.fixture(autouse=True)
def _asked_for_the_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "doorbell", Doorbell())


@pytest.fixture
def first_look_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be patient with the broker at first: this machine may be busy."""
    monkeypatch.setattr(health, "SECONDS_TO_ANSWER_FIRST", 20)


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a broker that takes connections and says nothing, and wait for it for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr(current_app, "connection_for_write", lambda: Connection(url))
        yield


def test_a_process_is_alive_whatever_becomes_of_its_servers(client: Client) -> None:
    """The database would be refused: the test is given none."""
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.post("/livez").status_code == 405


@pytest.mark.usefixtures("first_look_takes_long")
def test_ready_tells_of_database_broker_workers_and_what_is_owed_longest(
    client: Client, shop: Shop
) -> None:
    HeartbeatWriter().write("orders-1@here")
    shop.order()
    Lane.objects.update(due_at=timezone.now() - timedelta(seconds=90))
    answer = client.get("/readyz")
    told = answer.json()
    assert (answer.status_code, told.pop("oldest_owed_seconds") >= 90) == (200, True)
    assert told == {"status": "ready", "database": "answers", "broker": "answers", "workers": 1}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_without_workers_requests_are_served_and_wait(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert (answer.json()["workers"], answer.json()["oldest_owed_seconds"]) == (0, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("hung")
def test_a_broker_that_hangs_makes_nothing_unready_and_holds_up_no_probe(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    HeartbeatWriter().write("orders-1@here")
    client.get("/readyz")
    monkeypatch.setattr(health.doorbell, "_next_look", 0.0)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert (answer.json()["database"], answer.json()["broker"]) == ("answers", "away")


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["hangs", "refuses"])
def test_the_first_answer_of_a_process_calls_no_broker_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, fault: str
) -> None:
    if fault == "hangs":
        request.getfixturevalue("hung")
    else:
        refused = Connection("redis://127.0.0.1:1")
        monkeypatch.setattr(current_app, "connection_for_write", lambda: refused)
    HeartbeatWriter().write("orders-1@here")
    first = client.get("/readyz").json()
    assert (first["broker"], first["status"]) == ("unknown", "ready")
    monkeypatch.setattr(health.doorbell, "_next_look", 0.0)
    assert client.get("/readyz").json()["broker"] == "away"


@pytest.mark.django_db
@pytest.mark.usefixtures("first_look_takes_long")
def test_a_broker_that_takes_a_while_at_first_is_not_called_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    HeartbeatWriter().write("orders-1@here")

    class Slow:
        def look(self) -> None:
            time.sleep(0.5)

    monkeypatch.setattr(health.doorbell, "_backlog", Slow())
    assert client.get("/readyz").json()["broker"] == "answers"


@pytest.mark.django_db
def test_a_broker_is_asked_once_for_many_probes(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[None] = []
    monkeypatch.setattr(health, "BETWEEN_LOOKS", 600)
    monkeypatch.setattr(health.doorbell, "_backlog", Looked(looks))
    for _ in range(5):
        client.get("/readyz")
    assert len(looks) == 1


class Looked:
    def __init__(self, looks: list[None]) -> None:
        self.looks = looks

    def look(self) -> None:
        self.looks.append(None)


@pytest.mark.django_db
def test_without_its_database_nothing_is_served(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise OperationalError("no such host")

    monkeypatch.setattr(health, "oldest_owed_seconds", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unready", "database": "away"})


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_a_probe_needs_no_tls(client: Client, settings: Settings, address: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(address).status_code == 200
    assert client.get("/metrics").status_code == 301
