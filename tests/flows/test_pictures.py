"""Flows are drawn from what the code says, and coloured by what an order has done."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command

from config.flows.catalogue import all_pictures
from config.flows.picture import Picture
from config.flows.progress import pictures_of_order
from config.flows.sagas import picture_of
from config.flows.svg import as_svg
from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST
from orders.models import Order
from orders.sagas.vocabulary.saga import Parallel, definitions
from orders.services import request_cancellation
from testkit.delivering import settle, settle_all_but
from testkit.sagas import define, forgetting
from testkit.shop import Shop
from tests.sagas.own import ChargeFirst

pytestmark = pytest.mark.usefixtures("own_saga")


def states(picture: Picture) -> dict[str, str]:
    return {box.name: str(box.state) for box in picture.boxes}


def drawn(order: Order) -> dict[str, dict[str, str]]:
    return {each.name: states(each) for each in pictures_of_order(order)}


def ways(picture: Picture) -> set[tuple[str, str]]:
    return {(arrow.source.name, arrow.target.name) for arrow in picture.arrows}


def test_a_saga_leads_forward_and_back() -> None:
    picture = picture_of(definitions[CHARGE_FIRST, 1])
    assert ways(picture) == {
        ("OrderPlaced", "charge"),
        ("charge", "reserve"),
        ("reserve", "confirm"),
        ("charge", "compensate charge"),
        ("reserve", "compensate reserve"),
        ("confirm", "compensate reserve"),
        ("compensate reserve", "compensate charge"),
        ("compensate charge", "abort"),
    }


def test_steps_side_by_side_stand_one_above_the_other() -> None:
    with forgetting():
        saga = define(
            "SideBySide",
            both=Parallel(charge=ChargeFirst.charge, reserve=ChargeFirst.reserve),
            confirm=ChargeFirst.confirm,
            on_abort=ChargeFirst.on_abort,
        )
        picture = picture_of(saga)
    place_of = {box.name: (box.column, box.row) for box in picture.boxes}
    assert (place_of["charge"], place_of["reserve"]) == ((1, 0), (1, 1))
    assert (place_of["compensate charge"], place_of["compensate reserve"]) == ((1, 2), (1, 3))
    assert {("charge", "confirm"), ("reserve", "confirm")} <= ways(picture)


def test_the_choreography_leads_from_the_placing_to_each_end() -> None:
    (picture,) = [each for each in all_pictures() if each.name == CHOREOGRAPHED]
    found = ways(picture)
    assert {
        ("OrderPlaced", "CallGateway"),
        ("CallGateway", "PaymentCompleted"),
        ("PaymentCompleted", "InventoryReserved"),
        ("InventoryReserved", "OrderConfirmed"),
        ("InventoryReservationFailed", "CallGateway"),
        ("PaymentRefunded", "OrderCancelled"),
        ("PaymentFailed", "OrderCancelled"),
    } <= found
    assert ("OrderPlaced", "PaymentCompleted") not in found


@pytest.mark.parametrize("picture", all_pictures(), ids=lambda picture: picture.name)
def test_no_two_boxes_share_a_place_and_the_svg_holds_each(picture: Picture) -> None:
    places = {(box.column, box.row) for box in picture.boxes}
    assert len(places) == len(picture.boxes)
    svg = as_svg(picture)
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    texts = {each.text for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {box.name for box in picture.boxes} <= texts
    links = re.findall(r"https?://[^\"]+", svg)
    assert links == ["http://www.w3.org/2000/svg"]


def test_an_order_that_is_undone_shows_how_far_it_has_come_back(audited: Shop) -> None:
    order = audited.order({"MUG": 11}, flow=CHARGE_FIRST)
    settle_all_but("gateway")
    assert drawn(order)[CHARGE_FIRST] == {
        "OrderPlaced": "done",
        "charge": "running",
        "compensate charge": "left",
        "reserve": "left",
        "compensate reserve": "left",
        "confirm": "left",
        "abort": "left",
    }
    settle()
    assert drawn(order)[CHARGE_FIRST] == {
        "OrderPlaced": "done",
        "charge": "compensated",
        "compensate charge": "done",
        "reserve": "failed",
        "compensate reserve": "left",
        "confirm": "left",
        "abort": "done",
    }


def test_a_choreographed_order_shows_its_messages(audited: Shop) -> None:
    order = audited.order({"MUG": 11}, flow=CHOREOGRAPHED)
    settle_all_but("gateway")
    shown = drawn(order)[CHOREOGRAPHED]
    assert (shown["OrderPlaced"], shown["CallGateway"]) == ("done", "running")
    assert shown["PaymentCompleted"] == "left"
    settle()
    shown = drawn(order)[CHOREOGRAPHED]
    assert (shown["PaymentCompleted"], shown["PaymentRefunded"]) == ("compensated", "done")
    assert (shown["InventoryReservationFailed"], shown["OrderCancelled"]) == ("failed", "done")
    assert shown["OrderConfirmed"] == "left"


def test_each_saga_of_an_order_has_a_picture(audited: Shop) -> None:
    order = audited.order(flow=CHARGE_FIRST)
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    assert list(drawn(order)) == [CHARGE_FIRST, "cancel_confirmed"]
    assert set(drawn(order)["cancel_confirmed"].values()) == {"done"}


def test_the_command_prints_mermaid_and_writes_svg(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("flows", CHARGE_FIRST)
    printed = capsys.readouterr().out
    assert printed.startswith("%% charge_first\nflowchart LR\n")
    assert "classDef" not in printed
    order = shop.order(flow=CHARGE_FIRST)
    settle()
    call_command("flows", order=str(order.id))
    assert '["confirm<br><small>ConfirmOrder, pivot</small>"]:::done' in capsys.readouterr().out
    call_command("flows", svg=str(tmp_path))
    written = {path.stem for path in tmp_path.iterdir()}
    assert written == {each.name for each in all_pictures()}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["sideways"], "no flow sideways is drawn here, but charge_first"),
        (["--svg", "/no/such/folder"], "--svg: there is no folder /no/such/folder"),
        (["--order", "nonsense"], "no order has the id or the reference nonsense"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(
    shop: Shop,  # noqa: ARG001 - the tables
    words: list[str],
    complaint: str,
) -> None:
    with pytest.raises(CommandError, match=complaint) as refused:
        call_command("flows", *words)
    assert refused.value.returncode == 2
