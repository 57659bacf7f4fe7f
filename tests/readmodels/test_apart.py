"""Read models in a database of their own: ``TEST_READ_MODELS=apart bin/test tests/readmodels``."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections

from config.audit import findings
from config.audit.findings import audit, broken
from config.audit.invariant import Run
from config.routing import READMODELS
from outbox.delivery.batch import deliver_batch
from outbox.models import Lane
from outbox.registry import groups
from readmodels.models import OrderSummary
from readmodels.projection import GROUP, projections
from readmodels.projections.orders import order_summary
from testkit.clock import let_claims_end
from testkit.delivering import settle, settle_all_but
from testkit.invariants import assert_clean
from testkit.lanes import owed_to
from testkit.shop import Shop
from tests.faults.processes import databases
from tests.readmodels.day import a_day_of, rows, tables

pytestmark = pytest.mark.skipif(
    READMODELS not in settings.DATABASES, reason="wants TEST_READ_MODELS=apart in the environment"
)

DYING = """
import os, signal, sys, django
django.setup()
from outbox.delivery import lanes
from outbox.delivery.batch import deliver_batch
from outbox.registry import groups
lanes.end_unlocked = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
deliver_batch(groups[sys.argv[1]])
"""
"""A worker that dies after it has committed the rows, and before it ends the lanes."""


def killed_between_the_two_commits() -> None:
    died = subprocess.run(
        [sys.executable, "-c", DYING, GROUP],
        env=os.environ | databases(),
        cwd=Path.cwd(),
        check=False,
    )
    assert died.returncode == -9


def meanwhile(act: Callable[[], None]) -> None:
    """Run an action in another thread, on its own connections."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_read_models_and_nothing_else_are_in_their_database(shop: Shop) -> None:
    a_day_of(shop)
    theirs = set(connections[READMODELS].introspection.table_names())
    ours = set(connections["default"].introspection.table_names())
    assert {name for name in theirs if not name.startswith("readmodels_")} <= {"django_migrations"}
    assert not {name for name in ours if name.startswith("readmodels_")}
    assert len(rows()) == 3


@pytest.mark.parametrize("name", sorted(projections))
def test_a_kill_between_the_two_commits_changes_nothing(shop: Shop, name: str) -> None:
    shop.order({"MUG": 2})
    shop.order(payment_method="pm_card_chargeDeclined")
    settle_all_but(name)
    before = owed_to(GROUP).count()
    killed_between_the_two_commits()
    written = tables(projections[name])
    assert all(written)
    assert owed_to(GROUP).count() == before > 0

    let_claims_end()
    settle()

    assert not Lane.objects.exists()
    assert tables(projections[name]) == written
    assert_clean()


def test_a_worker_that_has_lost_its_claim_does_not_turn_a_new_row_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither finds a row to lock: the later write has to lose by its sequence."""
    shop.order()
    load = order_summary.load
    session = connections["default"].connection.info.backend_pid

    def successor() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [session])
        let_claims_end()
        settle()

    def overtaken(keys: Collection[UUID]) -> dict[UUID, Any]:
        monkeypatch.setattr(order_summary, "load", load)
        found = load(keys)
        meanwhile(successor)
        return found

    monkeypatch.setattr(order_summary, "load", overtaken)
    deliver_batch(groups[GROUP])

    assert OrderSummary.objects.get().status == "confirmed"
    assert_clean()


def test_the_audit_finds_a_wrong_row(shop: Shop) -> None:
    a_day_of(shop)
    OrderSummary.objects.filter(status="confirmed").update(amount=1)
    assert broken(audit(Run())) == ["G5"]


def test_the_audit_passes_over_what_was_delivered_while_it_began(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.order()
    settle_all_but("order_summary")
    snapshot = findings._snapshot  # noqa: SLF001 - the moment in between

    def delayed() -> Any:
        meanwhile(settle)
        return snapshot()

    monkeypatch.setattr(findings, "_snapshot", delayed)
    assert broken(audit(Run())) == []
    assert broken(audit(Run())) == []


@pytest.mark.usefixtures("shop")
def test_a_database_that_was_not_migrated_is_an_error() -> None:
    with connections[READMODELS].cursor() as cursor:
        cursor.execute("ALTER TABLE readmodels_ordersummary RENAME TO elsewhere")
    try:
        with pytest.raises(SystemCheckError, match="no table readmodels_ordersummary"):
            call_command("check", "--deploy", databases=[READMODELS])
    finally:
        with connections[READMODELS].cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO readmodels_ordersummary")
