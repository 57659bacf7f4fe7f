"""Each process may have another time of day, and be given a new one: nothing comes of it.

The processes are real ones; ``clocks/sitecustomize.py`` shifts what they read.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from config.access.tokens import issue_token
from inventory.models import Reservation
from orders.flows import FLOWS
from orders.models import Order
from outbox.doorbell import bell
from readmodels.projection import projections
from testkit.shop import Shop, outcome
from tests.faults.clocks.clock import Clock
from tests.faults.conftest import settled
from tests.faults.processes import QUIET, SECONDS_TO_START, running, serves, wait_until, worker
from tests.ports import HOST, free_port

HALF_AN_HOUR = 1800.0
AHEAD, BEHIND = 0.5, -0.5


@contextmanager
def web(folder: Path, clock: Clock) -> Iterator[int]:
    """Serve requests by this clock; yield the port."""
    port, log = free_port(), folder / "web.log"
    words = ("gunicorn", "config.wsgi", f"--bind={HOST}:{port}", "--threads=2")
    with running(log, *words, "--no-control-socket", variables=clock.variables):
        wait_until(lambda: serves(port), log=log, seconds=SECONDS_TO_START)
        yield port


def post(port: int, token: str, **order: object) -> Order:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection(HOST, port, timeout=30)) as asked:
        asked.request("POST", "/api/v1/orders", json.dumps(order), headers)
        answer = asked.getresponse()
        assert answer.status == 202, answer.read()
        return Order.objects.get(pk=json.loads(answer.read())["id"])


def post_every_kind(port: int, token: str) -> dict[tuple[str, tuple[str, str]], Order]:
    """Place an order for each outcome of each flow, by what has to become of it."""
    return {
        (flow, end): post(
            port,
            token,
            lines=[{"sku": "MUG", "quantity": units}],
            payment_method=card,
            flow=flow,
        )
        for flow in FLOWS
        for end, units, card in (
            (("confirmed", ""), 1, "pm_card_visa"),
            (("confirmed", ""), 2, "pm_sandbox_silent_once"),
            (("cancelled", "payment_declined"), 1, "pm_card_chargeDeclined"),
            (("cancelled", "out_of_stock"), 1000, "pm_card_visa"),
        )
    }


def assert_read_models_are_right() -> None:
    """Let the commands find nothing: ``rebuild`` refuses to swap where a row would change."""
    call_command("readmodels", "verify", "--all")
    for name in projections:
        call_command("readmodels", "rebuild", name)


@pytest.fixture
def token(audited: Shop) -> str:
    audited.receive("MUG", 100)
    audited.customer.user = User.objects.create_user("ada", is_staff=True, is_superuser=True)
    audited.customer.save()
    return issue_token(audited.customer.user, name="tests", reason="a test", actor="tests")


def test_processes_whose_clocks_differ_agree_about_every_order(tmp_path: Path, token: str) -> None:
    ahead = Clock(tmp_path / "worker.clock", HALF_AN_HOUR)
    of_web = Clock(tmp_path / "web.clock", AHEAD)
    log = tmp_path / "worker.log"
    with worker(log, ahead.variables), web(tmp_path, of_web) as port:
        placed = [post_every_kind(port, token)]
        of_web.step(BEHIND)
        placed.append(post_every_kind(port, token))
        ahead.step(-HALF_AN_HOUR)
        of_web.step(AHEAD)
        placed.append(post_every_kind(port, token))
        wait_until(settled, log=log)
    for each in placed:
        assert {case: outcome(order) for case, order in each.items()} == {
            (flow, end): end for flow, end in each
        }
    assert not Reservation.objects.filter(status="expired").exists()
    assert_read_models_are_right()


def test_beat_keeps_its_pace_when_its_clock_steps_forward_and_back(
    audited: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No bell is rung, so whatever is delivered was found by beat's ticks."""
    monkeypatch.setattr(bell, "ring", lambda _: None)
    clock, log = Clock(tmp_path / "beat.clock", 0), tmp_path / "worker.log"
    words = ("celery", "--app", "config")
    schedule = f"--schedule={tmp_path / 'beat.schedule'}"
    with (
        running(log, *words, "worker", "--concurrency=2", *QUIET, variables={}),
        running(tmp_path / "beat.log", *words, "beat", schedule, variables=clock.variables),
    ):
        wait_until(lambda: " ready." in log.read_text(), log=log, seconds=SECONDS_TO_START)
        for offset in (0, 240, 0, -HALF_AN_HOUR, HALF_AN_HOUR):
            clock.step(offset)
            order = audited.order()
            wait_until(settled, log=tmp_path / "beat.log")
            assert outcome(order) == ("confirmed", "")
    assert_read_models_are_right()
