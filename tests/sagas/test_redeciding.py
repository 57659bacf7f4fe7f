"""``manage.py sagas replay``: this code would decide each history as it was, or says where not."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orders.sagas.models import SagaInstance
from orders.sagas.operators import verbs
from orders.sagas.vocabulary.saga import definitions
from orders.services import request_cancellation
from testkit.clock import let_deadlines_pass, let_hold_run_out
from testkit.delivering import settle, settle_all_but
from testkit.sagas import forgetting
from testkit.shop import Shop
from tests.sagas.defining import edited_in_place
from tests.sagas.own import ChargeFirst


def replayed(*words: str) -> str:
    said = StringIO()
    call_command("sagas", "replay", *words, stdout=said)
    return said.getvalue()


@pytest.fixture
def lives(audited: Shop) -> Shop:
    """Let orders end in every way, some with deadlines, cancellations and operators' verbs."""
    for flow in ("charge_first", "reserve_first"):
        for card in ("pm_card_visa", "pm_card_chargeDeclined", "pm_sandbox_silent_once"):
            audited.order(payment_method=card, flow=flow)
        audited.order({"MUG": 100}, flow=flow)
    settle()
    late = audited.order()
    settle_all_but("gateway")
    let_deadlines_pass(late.id)
    held = audited.order()
    settle_all_but("gateway")
    saga = SagaInstance.objects.get(correlation_id=held.id)
    verbs.suspend(saga_id=saga.id, by=None, reason="an example")
    settle()
    verbs.resume(saga_id=saga.id, by=None, reason="an example")
    settle()
    request_cancellation(order_id=late.id, reason_code="cancelled_by_customer")
    settle()
    expired = audited.order(flow="reserve_first")
    settle_all_but("gateway")
    let_hold_run_out(expired.id)
    return audited


@pytest.mark.usefixtures("lives")
def test_the_code_that_decided_would_decide_the_same() -> None:
    count = SagaInstance.objects.count()
    assert replayed() == f"all {count} histories would be decided as they were\n"


def test_code_that_would_decide_otherwise_is_found_with_an_order(audited: Shop) -> None:
    order = audited.order()
    settle()
    with forgetting():
        edited_in_place(charge=ChargeFirst.charge, confirm=ChargeFirst.confirm)
        said = StringIO()
        with pytest.raises(CommandError, match="1 of 1 histories would be decided otherwise"):
            call_command("sagas", "replay", stdout=said)
    assert said.getvalue() == (
        "1 of charge_first version 1, upon PaymentCompleted: decided charge succeeded, reserve"
        " dispatched (running), would decide charge succeeded, confirm dispatched (running);"
        f" such as order {order.id}\n"
    )


def test_a_history_whose_definition_is_gone_is_left_out(audited: Shop) -> None:
    audited.order()
    settle()
    with forgetting():
        del definitions["charge_first", 1]
        assert "1 left out: this code does not have their definition" in replayed()


def test_only_what_began_since_then_is_replayed(audited: Shop) -> None:
    audited.order()
    settle()
    assert replayed("--since", "2100-01-01").startswith("all 0 histories")
