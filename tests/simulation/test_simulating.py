"""An operator asks what would happen if: a flow runs, is told step by step, and leaves nothing."""

import re

import pytest
from django.core.management import CommandError, call_command

from orders.models import Customer, Order
from orders.sagas.models import SagaInstance
from outbox.models import Message
from testkit.delivering import settle
from testkit.shop import Shop

Scenes = list[tuple[str, str]]


def simulated(capsys: pytest.CaptureFixture[str], *words: str) -> Scenes:
    """Simulate; return what happened, with how money and goods stood after it."""
    capsys.readouterr()
    call_command("sagas", "simulate", *words)
    *lines, end = capsys.readouterr().out.splitlines()
    assert end == "nothing was changed"
    found = [re.fullmatch(r" *[\d,]+ s  \w+ +(.*?)  +(paid .*)", line) for line in lines]
    return [(each[1], each[2]) for each in found if each]


def names(scenes: Scenes) -> list[str]:
    return [what for what, _ in scenes]


def test_a_flow_is_told_with_money_and_goods_at_each_step(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Message.objects.count()
    scenes = simulated(capsys, "--plan", "MUG=2", "--flow", "charge_first")
    assert [each for each in scenes if each[0] in ("PaymentCompleted", "InventoryReserved")] == [
        ("PaymentCompleted", "paid 25.00 GBP, held nothing"),
        ("InventoryReserved", "paid 25.00 GBP, held 2 x MUG"),
    ]
    assert scenes[-1] == ("OrderConfirmed", "paid 25.00 GBP, held 2 x MUG")
    assert (Order.objects.count(), SagaInstance.objects.count()) == (0, 0)
    assert (Message.objects.count(), Customer.objects.count()) == (before, 1)
    assert shop.reserved() == 0


@pytest.mark.parametrize("flow", ["charge_first", "reserve_first", "choreographed"])
def test_every_flow_can_be_simulated(
    audited: Shop, flow: str, capsys: pytest.CaptureFixture[str]
) -> None:
    order = audited.order({"MUG": 2}, flow=flow)
    settle()
    scenes = simulated(capsys, str(order.id))
    assert "OrderConfirmed" in names(scenes)


def test_what_is_declined_is_compensated_in_reverse(
    audited: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    scenes = simulated(capsys, "--plan", "MUG=2", "--reply", "reserve=decline")
    assert "InventoryReservationFailed" in names(scenes)
    assert "RefundPayment" in names(scenes)
    assert scenes[-1] == ("OrderCancelled", "paid 0.00 GBP, held nothing")
    assert audited.reserved() == 0


def test_silence_is_asked_again_and_then_needs_a_human(
    audited: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    told = names(simulated(capsys, "--plan", "MUG=1", "--reply", "reserve=silence"))
    assert told.count("ReserveInventory, no answer yet") == 5
    assert "FlagOrder" in told
    assert audited.reserved() == 0


def test_a_late_success_of_a_cancelled_order_is_refunded(
    audited: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    scenes = simulated(capsys, "--plan", "MUG=1", "--reply", "charge=late", "--cancel")
    told = names(scenes)
    assert told.index("the customer cancels") < told.index("the late reply to charge arrives")
    assert "CallGateway (refund)" in told
    assert scenes[-1][1] == "paid 0.00 GBP, held nothing"
    assert audited.reserved() == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--plan", "MUG"], "write SKU=UNITS"),
        (["--plan", "MUG=1", "--reply", "pay=decline"], "pay is no step: choose of"),
        (["--plan", "MUG=1", "--reply", "charge=maybe"], "write charge=decline, charge=silence"),
        (["--plan", "MUG=1", "--reply", "confirm=decline"], "confirm cannot be declined"),
        (["--plan", "NOTHING=1"], "NOTHING"),
        (["01936f2e-8b1c-7c3d-9a4e-5f60718293a4"], "is no order"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_cannot_be_simulated_is_refused(words: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint) as refused:
        call_command("sagas", "simulate", *words)
    assert refused.value.returncode == 2
