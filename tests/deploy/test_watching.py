"""The alerts and the dashboard of docs/deploy ask for figures that exist, and have runbooks."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from config.environment.paths import ROOT
from testkit.shop import Shop

DEPLOY = ROOT / "docs" / "deploy"
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
PANELS = json.loads((DEPLOY / "grafana" / "orders.json").read_text())["panels"]
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()
LABELLED = re.compile(
    r"\b((?:outbox|orders|payments|sagas|readmodels|database|money|webhooks|disputes|reconciliation|figures)_\w+)"
)
TOKEN = "a token for the figures"


@pytest.fixture
def families(shop: Shop, settings: Settings, client: Client) -> set[str]:
    """Name the figures of a service in which everything exists that a figure may be about."""
    shop.order()
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    return {family.name for family in text_string_to_metric_families(answer.content.decode())}


def asked(expression: str) -> set[str]:
    by = re.sub(r"\bby \([^)]*\)|\{[^}]*\}", "", expression)
    return set(LABELLED.findall(by))


SOMETIMES = {"reconciliation_differences", "database_slot_kept_bytes"}
"""Figures that are there once a reconciliation was made, or where a replication slot is."""


def test_rules_and_panels_ask_for_figures_that_exist(families: set[str]) -> None:
    expressions = [rule["expr"] for rule in RULES]
    expressions += [target["expr"] for panel in PANELS for target in panel["targets"]]
    unknown = {each: asked(each) - SOMETIMES - families for each in expressions}
    assert {each: names for each, names in unknown.items() if names} == {}
    assert [each for each in expressions if not asked(each) and "orders:" not in each] == []


def test_every_figure_is_on_the_dashboard(families: set[str]) -> None:
    shown = {
        name for panel in PANELS for target in panel["targets"] for name in asked(target["expr"])
    }
    assert families - {name for name in families if name.startswith("readmodels_rows_")} <= shown


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_has_a_runbook_and_a_case_of_its_own(alert: dict[str, Any]) -> None:
    name = alert["alert"]
    assert f"\n## {name}\n" in RUNBOOKS
    assert alert["annotations"]["runbook_url"].endswith(f"#{name.lower()}")
    cases = yaml.safe_load((DEPLOY / "prometheus" / "alerts_test.yaml").read_text())["tests"]
    outcomes = [
        bool(each["exp_alerts"])
        for case in cases
        for each in case["alert_rule_test"]
        if each["alertname"] == name
    ]
    assert sorted(outcomes) == [False, True]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool: install prometheus")
@pytest.mark.parametrize(
    "words",
    [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")],
    ids=["read", "fire"],
)
def test_promtool_finds_the_alerts_right(words: tuple[str, ...]) -> None:
    subprocess.run(["promtool", *words], cwd=DEPLOY / "prometheus", check=True)
