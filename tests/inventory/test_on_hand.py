"""Staff receive, adjust and write off: each records a movement and an act, or nothing."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from inventory.management.commands.stock import Command
from inventory.models import MovementKind, StockItem, StockMovement, StockRefused
from inventory.services import stock_taking
from inventory.services.stock_taking import NotStocked
from outbox.acts import ReasonMissing
from outbox.models import OperatorAct
from testkit.shop import Shop

pytestmark = pytest.mark.usefixtures("audited")
"""Ten mugs are on the shelf."""


def by_ada(act: Callable[..., StockItem], units: int, **changed: Any) -> StockItem:
    return act(**{"sku": "MUG", "units": units, "reason": "counted", "actor": "ada", **changed})


@pytest.mark.parametrize(
    ("act", "units", "left", "kind", "verb"),
    [
        (stock_taking.receive, 4, 14, "received", "receive stock"),
        (stock_taking.adjust, 3, 13, "adjusted", "adjust stock"),
        (stock_taking.adjust, -3, 7, "adjusted", "adjust stock"),
        (stock_taking.write_off, 2, 8, "written_off", "write off stock"),
    ],
)
def test_an_act_of_staff_leaves_a_movement_and_says_who_did_it_and_why(
    act: Callable[..., StockItem], units: int, left: int, kind: str, verb: str
) -> None:
    assert by_ada(act, units).on_hand == left

    movement = StockMovement.objects.latest("id")
    assert (movement.kind, movement.on_hand_change, movement.reason) == (kind, left - 10, "counted")
    recorded = OperatorAct.objects.get()
    assert (recorded.actor, recorded.verb, recorded.subject) == ("ada", verb, "MUG")
    assert (recorded.reason, recorded.details) == ("counted", {"units": left - 10})


@pytest.mark.parametrize(
    ("act", "units", "changed", "refusal"),
    [
        (stock_taking.receive, 0, {}, StockRefused),
        (stock_taking.receive, -1, {}, StockRefused),
        (stock_taking.adjust, 0, {}, StockRefused),
        (stock_taking.adjust, -11, {}, StockRefused),
        (stock_taking.adjust, 1, {"sku": "MUGG"}, NotStocked),
        (stock_taking.write_off, -1, {}, StockRefused),
        (stock_taking.write_off, 11, {}, StockRefused),
        (stock_taking.write_off, 1, {"sku": "MUGG"}, NotStocked),
        (stock_taking.receive, 1, {"reason": " "}, ReasonMissing),
        (stock_taking.write_off, 1, {"reason": ""}, ReasonMissing),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    act: Callable[..., StockItem], units: int, changed: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        by_ada(act, units, **changed)

    assert StockItem.objects.get().on_hand == 10
    assert StockMovement.objects.count() == 1
    assert not OperatorAct.objects.exists()


def test_what_orders_hold_cannot_be_adjusted_away(audited: Shop) -> None:
    stock_taking.receive(sku="JUG", units=2, reason="delivery", actor="ada")
    with pytest.raises(StockRefused, match="JUG: 2 available, 3 are to go"):
        by_ada(stock_taking.write_off, 3, sku="JUG")
    assert audited.reserved("JUG") == 0


def test_the_command_does_the_same_under_the_name_of_the_shells_user() -> None:
    printed = StringIO()
    call_command("stock", "write-off", "MUG", "3", "--reason", "broken", stdout=printed)
    assert printed.getvalue() == "MUG: 7 on hand, 0 reserved, 7 available\n"
    assert OperatorAct.objects.get().actor.startswith("shell:")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["receive", "MUG", "many", "--reason=x"], "'many' is no number of units"),
        (["receive", "MUG", "-3", "--reason=x"], "-3 units are none"),
        (["adjust", "MUG", "-11", "--reason=x"], "10 available, 11 are to go"),
        (["adjust", "MUGG", "1", "--reason=x"], "nothing was ever received of MUGG"),
        (["write-off", "MUG", "1", "--reason="], "give a reason"),
        (["write-off", "MUG", "1"], "--reason"),
        (["burn", "MUG", "1", "--reason=x"], "burn"),
    ],
)
def test_what_the_command_does_not_understand_or_may_not_do_ends_with_status_2(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "stock", *words])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err
    assert StockItem.objects.get().on_hand == 10


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_movement_can_neither_be_rewritten_nor_removed(change: str) -> None:
    rows = StockMovement.objects.all()
    with pytest.raises(IntegrityError, match="append-only"):
        rows.update(on_hand_change=99) if change == "update" else rows.delete()
    assert StockMovement.objects.get().on_hand_change == 10


@pytest.mark.parametrize(
    ("kind", "on_hand_change", "reserved_change"),
    [
        (MovementKind.RECEIVED, -1, 0),
        (MovementKind.RECEIVED, 1, 1),
        (MovementKind.WRITTEN_OFF, 1, 0),
        (MovementKind.RESERVED, 0, -1),
        (MovementKind.RELEASED, 0, 1),
        (MovementKind.CONSUMED, -2, -1),
        (MovementKind.RESTOCKED, -1, 0),
    ],
)
def test_the_database_refuses_a_movement_that_contradicts_its_kind(
    kind: MovementKind, on_hand_change: int, reserved_change: int
) -> None:
    with (
        pytest.raises(IntegrityError, match="inventory_movement_adds_up"),
        transaction.atomic(),
    ):
        StockMovement.objects.create(
            sku="MUG",
            kind=kind,
            on_hand_change=on_hand_change,
            reserved_change=reserved_change,
            reason="counted",
        )
