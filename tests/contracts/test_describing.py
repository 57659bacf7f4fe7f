"""The map of messages: declared where functions are wired, compared with what happens."""

import pytest
from django.core.management import CommandError, call_command

from orders.events import OrderPlaced
from outbox import declarations
from outbox.contracts.message_map import may_cause
from payments.commands import CallGateway, ChargePayment
from testkit.delivering import settle
from testkit.invariants import undeclared
from testkit.shop import Shop


def test_a_command_describes_one_flow(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("describe_messages", flow="charge_first")
    described = capsys.readouterr().out
    assert "payments -->|AskAfterPayment<br>CallGateway| gateway" in described
    assert "| [CallGateway](#callgateway) | `gateway`, `payments` | `gateway` |" in described


def test_a_flow_that_does_not_exist_is_refused_with_a_choice() -> None:
    with pytest.raises(CommandError, match="--flow: sideways is no flow, choose from") as caught:
        call_command("describe_messages", flow="sideways")
    assert caught.value.returncode == 2


def test_a_message_that_was_not_declared_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {
        key: published
        for key, published in declarations.declared.items()
        if key != ("payments", ChargePayment, None)
    }
    monkeypatch.setattr(declarations, "declared", left)
    shop.order(flow="charge_first")
    settle()
    assert undeclared() == [
        "ChargePayment -> CallGateway in charge_first: declare it with publishes="
    ]


def test_a_message_without_a_cause_has_a_declared_origin() -> None:
    assert may_cause(None, OrderPlaced, "charge_first")
    assert not may_cause(None, CallGateway, "charge_first")
