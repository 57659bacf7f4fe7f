"""What customers and staff do to an order that is placed: cancel, return, refund."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError
from pytest_django import Settings
from rest_framework.test import APIClient

from inventory.models import StockItem
from orders.models import IllegalMove, Order, RefundProposal
from orders.pricing import NewLine
from orders.services import ShipmentRefused, place_order, request_cancellation
from outbox.consistency import end_of, position_of
from outbox.models import OperatorAct
from testkit.book import book_of
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.api.conftest import client_of
from tests.shop import send
from tests.threads import at_once


@pytest.fixture
def order(ada: APIClient, audited: Shop) -> Order:  # noqa: ARG001 - whose it is
    """Return an order of three mugs by Ada that stands."""
    order = audited.order({"MUG": 3})
    settle()
    return order


def post(client: APIClient, order: Order, verb: str, body: Any = None) -> Any:
    return client.post(f"/api/v1/orders/{order.id}/{verb}", body or {}, format="json")


def refunded(order: Order) -> int:
    settle()
    return sum(entry.amount for entry in book_of(order.id) if entry.kind == "refund")


def test_a_customer_cancels_an_order_of_their_own(ada: APIClient, order: Order) -> None:
    cancelling = post(ada, order, "cancel")
    assert (cancelling.status_code, cancelling.json()["status"]) == (202, "cancelling")
    assert cancelling["Location"] == f"/api/v1/orders/{order.id}"
    assert refunded(order) == 3 * PRICE
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert post(ada, order, "cancel").json()["status"] == "cancelled"


def test_a_cancellation_can_be_read_at_once_by_its_token(ada: APIClient, order: Order) -> None:
    token = post(ada, order, "cancel")["Consistency-Token"]
    settle()
    read = ada.get(f"/api/v1/orders/{order.id}", HTTP_CONSISTENCY_TOKEN=token)
    assert read.json()["status"] == "cancelled"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("cancel", {"reason": "by telephone"}),
        ("returns", {"lines": [{"number": 1, "quantity": 1}], "reason": "broken"}),
        ("refunds", {"amount": 500, "reason": "a scratch"}),
    ],
)
def test_every_act_on_an_order_hands_out_the_token_of_what_it_wrote(
    staff: APIClient, order: Order, verb: str, body: dict[str, Any]
) -> None:
    before = end_of(order.id)
    position = position_of(post(staff, order, verb, body)["Consistency-Token"])
    assert position == end_of(order.id)
    assert position.sequence > before.sequence


def test_a_decision_on_a_refund_hands_out_the_token_of_its_order(
    boss: APIClient, order: Order, proposal: str
) -> None:
    before = end_of(order.id)
    position = position_of(decide(boss, proposal, "approve")["Consistency-Token"])
    assert position == end_of(order.id)
    assert position.sequence > before.sequence


def test_staff_cancel_for_a_customer_and_say_why(staff: APIClient, order: Order) -> None:
    refused = post(staff, order, "cancel")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["#/reason"]
    assert post(staff, order, "cancel", {"reason": "by telephone"}).status_code == 202
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_staff")
    act = OperatorAct.objects.get(verb="cancel order")
    assert (act.correlation_id, act.reason) == (order.id, "by telephone")


@pytest.mark.parametrize("flow", ["charge_first", "reserve_first", "choreographed"])
@pytest.mark.parametrize("inventory", ["knows it", "has yet to hear"])
def test_goods_that_have_left_cannot_be_cancelled_by_anybody(
    ada: APIClient, staff: APIClient, audited: Shop, flow: str, inventory: str
) -> None:
    order = audited.order({"MUG": 3}, flow=flow)
    settle()
    send(order)
    if inventory == "knows it":
        settle()
    else:
        settle_all_but("inventory")
    for client, body in ((ada, {}), (staff, {"reason": "by telephone"})):
        refused = post(client, order, "cancel", body)
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/order-not-cancellable"
    assert not OperatorAct.objects.filter(verb="cancel order").exists()
    settle()
    assert refunded(order) == 0
    assert outcome(order) == ("fulfilled", "")
    item = StockItem.objects.get(pk="MUG")
    assert (item.on_hand, item.reserved) == (7, 0)


def test_goods_leave_or_the_order_is_cancelled_but_never_both(order: Order) -> None:
    refused: list[int] = []

    def act(number: int) -> None:
        try:
            if number:
                send(order)
            else:
                request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
        except (IllegalMove, ShipmentRefused):
            refused.append(number)

    at_once(2, act)
    assert len(refused) == 1
    settle()
    has_left = outcome(order)[0] == "fulfilled"
    assert refunded(order) == (0 if has_left else 3 * PRICE)
    assert StockItem.objects.get(pk="MUG").on_hand == (7 if has_left else 10)


def test_the_database_has_the_last_word_on_what_has_left(order: Order) -> None:
    send(order)
    settle()
    with pytest.raises(IntegrityError, match="what_has_left_is_not_cancelled"):
        Order.objects.filter(pk=order.id).update(status="cancelling")


def test_all_of_an_order_that_has_left_comes_back_as_a_return(ada: APIClient, order: Order) -> None:
    send(order)
    settle()
    made = post(ada, order, "returns", {"lines": [{"number": 1, "quantity": 3}]})
    assert made.status_code == 202
    assert made.json()["amount"] == 3 * PRICE
    assert made.json()["expected_until"] is not None
    settle()
    assert refunded(order) == 0
    packer = User.objects.create_user("packer")
    packer.groups.add(Group.objects.get(name="warehouse"))
    warehouse = client_of(packer)
    (listed,) = warehouse.get("/api/v1/returns?status=expected").json()["results"]
    assert listed["id"] == made.json()["return_id"]
    back = {"lines": [{"number": 1, "restocked": 3}]}
    received = warehouse.post(f"/api/v1/returns/{listed['id']}/receive", back, format="json")
    assert (received.status_code, received.json()["amount"]) == (202, 3 * PRICE)
    assert refunded(order) == 3 * PRICE
    assert outcome(order) == ("fulfilled", "")
    assert StockItem.objects.get(pk="MUG").on_hand == 10


def test_units_go_back_and_their_money_with_them(ada: APIClient, order: Order) -> None:
    made = post(ada, order, "returns", {"lines": [{"number": 1, "quantity": 1}]})
    assert (made.status_code, made.json()["amount"]) == (202, PRICE)
    assert refunded(order) == PRICE
    assert outcome(order) == ("confirmed", "")


def test_all_of_an_order_that_has_not_left_is_a_cancellation(ada: APIClient, order: Order) -> None:
    made = post(ada, order, "returns", {"lines": [{"number": 1, "quantity": 3}]})
    assert made.json()["return_id"] is None
    assert refunded(order) == 3 * PRICE
    assert outcome(order)[0] == "cancelled"


@pytest.mark.parametrize("line", [{"number": 1, "quantity": 4}, {"number": 2, "quantity": 1}])
def test_more_than_there_is_does_not_go_back(
    ada: APIClient, order: Order, line: dict[str, int]
) -> None:
    refused = post(ada, order, "returns", {"lines": [line]})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/return-refused")
    assert refunded(order) == 0


def test_staff_return_for_a_customer_and_say_why(staff: APIClient, order: Order) -> None:
    lines = {"lines": [{"number": 1, "quantity": 1}]}
    assert post(staff, order, "returns", lines).status_code == 400
    assert post(staff, order, "returns", {**lines, "reason": "broken"}).status_code == 202
    assert refunded(order) == PRICE
    assert OperatorAct.objects.filter(verb="return lines", reason="broken").exists()


def test_staff_give_a_small_sum_back_alone(staff: APIClient, order: Order) -> None:
    given = post(staff, order, "refunds", {"amount": 500, "reason": "a scratch"})
    assert given.status_code == 202
    assert (given.json()["proposal_id"], given.json()["amount"]) == (None, 500)
    assert refunded(order) == 500


@pytest.fixture
def proposal(staff: APIClient, order: Order, settings: Settings) -> str:
    """Return the id of a refund that support has proposed."""
    settings.REFUND_APPROVAL_ABOVE = 500
    given = post(staff, order, "refunds", {"amount": 501, "reason": "broken"})
    assert given.json()["return_id"] is None
    return str(given.json()["proposal_id"])


def decide(client: APIClient, proposal: str, verb: str) -> Any:
    address = f"/api/v1/refund-proposals/{proposal}/{verb}"
    return client.post(address, {"reason": "looked at it"}, format="json")


def test_a_large_sum_needs_a_second_person(boss: APIClient, order: Order, proposal: str) -> None:
    assert refunded(order) == 0
    waiting = boss.get("/api/v1/refund-proposals?open=true").json()["results"]
    assert [(each["id"], each["amount"]) for each in waiting] == [(proposal, 501)]
    assert decide(boss, proposal, "approve").status_code == 202
    assert refunded(order) == 501
    assert boss.get("/api/v1/refund-proposals?open=true").json()["results"] == []


def test_proposals_wait_or_do_not(boss: APIClient) -> None:
    refused = boss.get("/api/v1/refund-proposals?open=maybe")
    assert [error["parameter"] for error in refused.json()["errors"]] == ["open"]


def test_a_proposed_refund_can_be_refused_once(
    boss: APIClient, order: Order, proposal: str
) -> None:
    assert decide(boss, proposal, "refuse").status_code == 202
    assert decide(boss, proposal, "approve").status_code == 409
    assert refunded(order) == 0


def test_nobody_agrees_to_a_refund_of_their_own(
    staff: APIClient, order: Order, proposal: str
) -> None:
    user = User.objects.get(username="one of support")
    user.user_permissions.add(Permission.objects.get(codename="approve_refund"))
    refused = decide(staff, proposal, "approve")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/another-person-needed")
    assert refunded(order) == 0


def test_what_does_not_exist_is_not_found(boss: APIClient, order: Order) -> None:
    order.id = RefundProposal().id
    for verb, body in {
        "cancel": {"reason": "x"},
        "returns": {"lines": [{"number": 1, "quantity": 1}], "reason": "x"},
        "refunds": {"amount": 1, "reason": "x"},
    }.items():
        assert post(boss, order, verb, body).status_code == 404
    assert decide(boss, str(order.id), "approve").status_code == 404


def test_the_same_return_with_one_key_is_made_once(ada: APIClient, order: Order) -> None:
    address = f"/api/v1/orders/{order.id}/returns"
    body = {"lines": [{"number": 1, "quantity": 1}]}
    first, second = (
        ada.post(address, body, format="json", HTTP_IDEMPOTENCY_KEY="return-one-mug")
        for _ in range(2)
    )
    assert first.content == second.content
    assert refunded(order) == PRICE


def test_a_program_with_the_permission_needs_no_admin(order: Order) -> None:
    user = User.objects.create_user("program")
    user.user_permissions.add(Permission.objects.get(codename="change_order"))
    assert post(client_of(user), order, "cancel", {"reason": "by rule"}).status_code == 202


@pytest.mark.parametrize(
    "wanted", [("cancel", {}), ("returns", {"lines": [{"number": 1, "quantity": 3}]})]
)
def test_staff_undo_a_dear_order_only_two_together(
    staff: APIClient,
    boss: APIClient,
    order: Order,
    settings: Settings,
    wanted: tuple[str, dict[str, Any]],
) -> None:
    verb, body = wanted
    settings.REFUND_APPROVAL_ABOVE = 3 * PRICE - 1
    asked = post(staff, order, verb, {**body, "reason": "by telephone"})
    assert asked.status_code == 202
    assert (refunded(order), outcome(order)[0]) == (0, "confirmed")
    assert decide(boss, asked.json()["proposal_id"], "approve").status_code == 202
    assert refunded(order) == 3 * PRICE
    assert outcome(order) == ("cancelled", "cancelled_by_staff")


def test_a_customer_needs_nobody_to_cancel_a_dear_order(
    ada: APIClient, order: Order, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = 1
    assert post(ada, order, "cancel", {}).json()["proposal_id"] is None
    assert refunded(order) == 3 * PRICE


def long_order(shop: Shop, lines: int) -> Order:
    shop.receive("MUG", 2 * lines)
    goods = [NewLine("MUG", 2) for _ in range(lines)]
    return place_order(customer=shop.customer, lines=goods, payment_method="pm_card_visa")


def test_an_order_of_1200_lines_is_placed_and_returned_line_by_line_at_once(
    ada: APIClient, audited: Shop
) -> None:
    audited.receive("MUG", 2400)
    wanted = {"lines": [{"sku": "MUG", "quantity": 2}] * 1200, "payment_method": "pm_card_visa"}
    placed = ada.post("/api/v1/orders", wanted, format="json")
    assert placed.status_code == 202
    settle()
    order = Order.objects.get(pk=placed.json()["id"])
    assert outcome(order) == ("confirmed", "")
    half = {"lines": [{"number": n, "quantity": 1} for n in range(1, 1201)]}
    assert post(ada, order, "returns", half).status_code == 202
    assert refunded(order) == 1200 * PRICE
    read = ada.get(f"/api/v1/orders/{order.id}").json()
    assert len(read["lines"]) == 1200
    assert read["returned_amount"] == 1200 * PRICE


def test_the_last_line_of_an_order_that_came_by_a_file_can_be_returned(
    ada: APIClient, audited: Shop
) -> None:
    order = long_order(audited, 1300)
    settle()
    last = {"lines": [{"number": 1300, "quantity": 1}]}
    assert post(ada, order, "returns", last).status_code == 202
    assert refunded(order) == PRICE
