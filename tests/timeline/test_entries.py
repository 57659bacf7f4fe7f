"""What a timeline tells, and in which order."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from config.timeline.rendering import as_data
from config.timeline.timeline import timeline
from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, FLOWS
from orders.models import Order
from orders.services import LineToReturn, request_cancellation, request_return
from outbox.models import Conversation, FailedAttempt, Message
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.shop import send

pytestmark = pytest.mark.usefixtures("own_saga")

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))

UNHURRIED = {"projection", "delivery"}
"""What follows from a message and leads to none may stand anywhere behind it."""


def lines(order: Order) -> list[str]:
    return [f"{each.source}: {each.what}" for each in timeline(order.id).entries]


def decided(order: Order) -> list[str]:
    return [each.what for each in timeline(order.id).entries if each.source not in UNHURRIED]


def a_long_life(shop: Shop, flow: str) -> Order:
    """Let an order be confirmed, returned in part, sent, and returned in part again."""
    order = shop.order({"MUG": 3}, payment_method="pm_sandbox_refund_silent_once", flow=flow)
    settle()
    for units in (1, 1):
        request_return(order_id=order.id, lines=[LineToReturn(1, units)])
        settle()
        if not order.fulfilled_at:
            send(order)
            settle()
            order.refresh_from_db()
    return order


def test_an_order_is_told_from_its_placing_to_its_confirmation(audited: Shop) -> None:
    order = audited.order(flow=CHARGE_FIRST)
    settle()
    assert decided(order) == [
        "placed",
        "OrderPlaced",
        "charge_first: charge dispatched",
        "ChargePayment",
        "charge asked for",
        "CallGateway",
        "charge succeeded",
        "PaymentCompleted",
        "charge_first: charge succeeded, reserve dispatched",
        "ReserveInventory",
        "reserved",
        "InventoryReserved",
        "charge_first: reserve succeeded, confirm dispatched",
        "ConfirmOrder",
        "confirmed",
        "OrderConfirmed",
        "charge_first: confirm succeeded",
    ]


def test_a_choreographed_order_is_told_without_a_saga(audited: Shop) -> None:
    order = audited.order(flow=CHOREOGRAPHED)
    settle()
    assert decided(order) == [
        "placed",
        "OrderPlaced",
        "charge asked for",
        "CallGateway",
        "charge succeeded",
        "PaymentCompleted",
        "reserved",
        "InventoryReserved",
        "confirmed",
        "OrderConfirmed",
    ]


@every_flow
def test_read_models_say_what_they_took_in(audited: Shop, flow: str) -> None:
    order = audited.order(flow=flow)
    settle()
    told = lines(order)
    assert told.index("projection: order_summary took in OrderConfirmed") > told.index(
        "message: OrderConfirmed"
    )


@every_flow
def test_causes_stand_before_effects_whatever_the_clocks_say(audited: Shop, flow: str) -> None:
    order = a_long_life(audited, flow)
    before = decided(order)
    for hours in (5, -10):
        Message.objects.update(recorded_at=F("recorded_at") + timedelta(hours=hours))
        assert decided(order) == before


@every_flow
def test_each_way_to_look_at_it_tells_of_the_same_messages(audited: Shop, flow: str) -> None:
    order = a_long_life(audited, flow)
    logged = Message.objects.filter(correlation_id=order.id).order_by("sequence")
    told = [each.what for each in timeline(order.id).entries if each.source == "message"]
    assert told == list(logged.values_list("type", flat=True))


@pytest.mark.parametrize("card", ["pm_card_visa", "pm_sandbox_silent_once"])
def test_no_token_is_told(audited: Shop, card: str) -> None:
    order = audited.order(payment_method=card)
    settle_all_but("gateway")
    for _ in range(2):
        assert "pm_" not in json.dumps(as_data(timeline(order.id)))
        settle()


def test_tries_that_failed_are_told_with_their_errors(audited: Shop) -> None:
    order = audited.order(payment_method="pm_sandbox_silent_once")
    settle()
    (tried,) = [each for each in timeline(order.id).entries if each.source == "delivery"]
    assert tried.what == "CallGateway to gateway: done at the second attempt"
    assert tried.detail == "the gateway gave no answer"


def test_what_is_owed_is_told(audited: Shop) -> None:
    order = audited.order(flow=CHOREOGRAPHED)
    settle_all_but("gateway")
    assert "delivery: CallGateway to gateway: owed" in lines(order)
    settle()


@every_flow
def test_the_sentence_outlives_the_log(audited: Shop, flow: str) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    before = timeline(order.id)
    FailedAttempt.objects.all().delete()
    told = timeline(order.id)
    assert (told.sentence, told.notes) == (before.sentence, [])
    assert decided(order) == [each.what for each in before.entries if each.source not in UNHURRIED]
    Message.objects.all().delete()
    Conversation.objects.update(messages_removed=F("sequence"))
    told = timeline(order.id)
    assert told.sentence == before.sentence
    assert told.notes[0].startswith("Retention has removed the messages up to number ")
    assert {each.source for each in told.entries} == {"order", "saga", "gateway", "stock"}


def test_the_command_tells_it_to_people_and_to_machines(
    audited: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    order = audited.order({"MUG": 2})
    Order.objects.filter(pk=order.pk).update(reference="ours-1")
    settle()
    call_command("timeline", "ours-1")
    sentence, *told = capsys.readouterr().out.splitlines()
    assert sentence.startswith(f"Order {order}: card charged 25.00 GBP at ")
    assert any("  gateway     charge succeeded  (25.00 GBP)" in line for line in told)
    call_command("timeline", str(order.id), "--json")
    data = json.loads(capsys.readouterr().out)
    assert (data["order"], data["status"]) == (str(order.id), "confirmed")
    assert data["sentence"] == sentence
    assert data["entries"][0]["what"] == "placed"


@pytest.mark.parametrize("text", ["nonsense", "01a2192c-dea6-70eb-87d3-615273b6eed9"])
def test_an_order_that_does_not_exist_is_refused_in_one_line(shop: Shop, text: str) -> None:  # noqa: ARG001 - the tables
    with pytest.raises(
        CommandError, match=f"no order has the id or the reference {text}"
    ) as refused:
        call_command("timeline", text)
    assert refused.value.returncode == 2


def test_goods_that_came_for_a_waiting_order_stand_before_what_tells_of_them(
    audited: Shop,
) -> None:
    order = audited.order({"MUG": 11}, partial=True)
    settle()
    backorder = order.backorders.get()
    audited.receive("MUG", 1)
    settle()
    told = decided(backorder)
    assert told.index("AwaitInventory") < told.index("reserved")
    assert told[told.index("reserved") + 1] == "InventoryAllotted"
