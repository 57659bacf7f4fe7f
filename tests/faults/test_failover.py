"""A primary dies and its standby is promoted: web and workers follow, and a loss is found."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from config.access.tokens import issue_token
from config.demo.stack.postgres import DATABASE
from orders.models import Order
from payments.reconciliation import reconcile
from testkit.invariants import assert_audited
from testkit.shop import Shop, open_shop
from tests.faults.conftest import settled
from tests.faults.processes import (
    SECONDS_TO_START,
    database_url,
    running,
    serves,
    wait_until,
    worker,
)
from tests.faults.standby import Pair, paired
from tests.faults.test_database_outages import TIMEOUT, Web
from tests.ports import HOST, free_port

SECONDS_TO_FOLLOW = 10
"""Issue and runbook promise it: so long after the promotion requests are answered again."""


@pytest.fixture(params=[True, False], ids=["synchronous", "asynchronous"])
def pair(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    django_db_setup: None,  # noqa: ARG001 - begins with the database of all tests
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Pair]:
    """Use a primary with its standby as the database of a test."""
    options = {**connection.settings_dict["OPTIONS"], "target_session_attrs": "read-write"}
    with (
        paired(tmp_path, synchronous=request.param) as pair,
        pytest.MonkeyPatch.context() as patched,
        django_db_blocker.unblock(),
    ):
        ours = {"HOST": pair.hosts, "PORT": "", "NAME": DATABASE, "OPTIONS": options}
        for name, value in ours.items():
            patched.setitem(connection.settings_dict, name, value)
        connection.close()
        call_command("migrate", verbosity=0)
        yield pair
        connection.close()


@pytest.fixture
def shop(pair: Pair) -> Shop:
    assert pair.hosts
    shop = open_shop()
    shop.receive("MUG", 1000)
    shop.customer.user = User.objects.create_user("ada")
    shop.customer.save()
    return shop


@pytest.fixture
def web(shop: Shop, tmp_path: Path) -> Iterator[Web]:
    assert shop.customer.user
    token = issue_token(shop.customer.user, name="tests", reason="a test", actor="tests")
    port, log = free_port(), tmp_path / "web.log"
    words = ("gunicorn", "config.wsgi", f"--bind={HOST}:{port}", "--threads=2")
    follows = {**TIMEOUT, "DATABASE_URL": f"{database_url()}?target_session_attrs=read-write"}
    with (
        running(log, *words, "--no-control-socket", variables=follows),
        worker(tmp_path / "worker.log", follows),
    ):
        wait_until(lambda: serves(port), log=log, seconds=SECONDS_TO_START)
        yield Web(port, token)


@pytest.mark.parametrize("pair", [True], indirect=True, ids=["synchronous"])
def test_what_was_promised_survives_the_primary_and_web_and_workers_follow(
    pair: Pair, web: Web, tmp_path: Path
) -> None:
    assert [web.post() for _ in range(20)] == [202] * 20
    connection.close()
    pair.lose_primary()
    pair.promote()
    wait_until(lambda: web.ready() == 200, seconds=SECONDS_TO_FOLLOW)
    wait_until(lambda: web.post() == 202, seconds=SECONDS_TO_FOLLOW)
    wait_until(settled, log=tmp_path / "worker.log")
    assert set(web.answered) <= {202, 503}
    assert Order.objects.filter(status="confirmed").count() == web.answered[202]
    assert_audited()


@pytest.mark.parametrize("pair", [False], indirect=True, ids=["asynchronous"])
def test_what_an_asynchronous_standby_never_got_is_found_in_the_gateways_book(
    pair: Pair, web: Web, tmp_path: Path
) -> None:
    assert [web.post() for _ in range(3)] == [202] * 3
    wait_until(settled, log=tmp_path / "worker.log")
    kept = set(Order.objects.values_list("pk", flat=True))
    wait_until(lambda: pair.ask(pair.standby, "SELECT count(*) FROM orders_order") == len(kept))
    with pair.standby_deaf():
        assert [web.post() for _ in range(2)] == [202] * 2
        wait_until(settled, log=tmp_path / "worker.log")
        lost = set(Order.objects.values_list("pk", flat=True)) - kept
        assert len(lost) == 2
        connection.close()
        pair.lose_primary()
    pair.promote()
    wait_until(lambda: web.ready() == 200, seconds=SECONDS_TO_FOLLOW)
    assert set(Order.objects.values_list("pk", flat=True)) == kept
    now, hour = timezone.now(), timedelta(hours=1)
    found = reconcile(gateway="sandbox", since=now - hour, until=now + hour, flag=False)
    assert {each.order_id for each in found} == {str(each) for each in lost}
    assert {(each.kind, each.ours) for each in found} == {("charge", None)}
