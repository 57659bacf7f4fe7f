"""Operators' acts are found by who, what and when, exported, and changed by nobody."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from outbox.acts import record_act
from outbox.models import OperatorAct

LIST = "/admin/outbox/operatoract/"


@pytest.fixture
def boss(db: None) -> Client:  # noqa: ARG001 - the tables
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    with transaction.atomic():
        for actor, verb, reason in (
            ("ada", "redrive", "the bank is back"),
            ("ada", "refund", "=HYPERLINK(1)"),
            ("grace", "redrive", "again"),
        ):
            record_act(
                actor=actor,
                verb=verb,
                subject="an order",
                reason=reason,
                details={"before": {"owner": ""}, "after": {"owner": "ada"}},
            )
    return client


def shown(client: Client, **query: str) -> list[str]:
    rows: Any = client.get(LIST, query).context["cl"].result_list
    return [f"{act.actor} {act.verb}" for act in rows]


def test_acts_are_found_by_actor_verb_and_time(boss: Client) -> None:
    assert shown(boss, q="ada") == ["ada refund", "ada redrive"]
    assert shown(boss, verb="redrive") == ["grace redrive", "ada redrive"]
    assert shown(boss, verb="redrive", q="grace", hours="24") == ["grace redrive"]
    assert len(shown(boss, hours="nonsense")) == 4
    with transaction.atomic():
        OperatorAct.objects.create(
            actor="old", verb="look", subject="x", reason="y", at=timezone.now() - timedelta(days=3)
        )
    assert "old look" not in shown(boss, hours="24")
    assert "old look" in shown(boss, hours="168")


def test_an_act_shows_what_was_before_and_after(boss: Client) -> None:
    key = OperatorAct.objects.filter(verb="refund")[0].pk
    page = boss.get(f"{LIST}{key}/change/").content.decode()
    assert "before" in page
    assert "after" in page


def test_what_the_filters_show_is_exported_without_formulas(boss: Client) -> None:
    chosen = [str(act.pk) for act in OperatorAct.objects.filter(actor="ada")]
    form = {"action": "export", "_selected_action": chosen}
    answer: Any = boss.post(f"{LIST}?q=ada", form)
    assert answer.headers["Content-Type"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["verb"], row["reason"]) for row in rows] == [
        ("refund", "'=HYPERLINK(1)"),
        ("redrive", "the bank is back"),
    ]
    assert '"after": {"owner": "ada"}' in rows[0]["details"]


def test_the_database_refuses_to_change_or_remove_an_act(boss: Client) -> None:
    assert boss is not None
    acts = OperatorAct.objects.all()
    for change in (lambda: acts.update(reason="other"), acts.delete):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
