"""The page of an order has every act that is possible now, and says why the others are not."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.admin.possible import PossibleAct
from orders.models import Order, RefundProposal
from outbox.models import Message, OperatorAct
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.admin.forms import send


def staff(role: str = "") -> Client:
    user = User.objects.create_user(f"{role}-person", is_staff=True, is_superuser=not role)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def page_of(order: Order, act: str = "change") -> str:
    path = "change" if act == "change" else act
    return f"/admin/orders/order/{order.pk}/{path}/"


def possible(client: Client, order: Order) -> dict[str, str]:
    """Return each act and why it is not possible; empty if it is."""
    return {act.label: act.refusal for act in acts(client, order)}


def acts(client: Client, order: Order) -> list[PossibleAct]:
    found: list[PossibleAct] = client.get(page_of(order)).context["acts"]
    return found


def act_page(order: Order, act: str) -> str:
    return f"/admin/orders/order/{order.pk}/{act}/"


def test_an_order_that_stands_can_be_cancelled_returned_and_refunded(shop: Shop) -> None:
    order = shop.order()
    settle()
    found = possible(staff(), order)
    assert (found["Cancel"], found["Take back"], found["Refund"]) == ("", "", "")
    assert found["Retry its saga"] == "no saga of it is open"
    assert found["Redrive its dead letters"] == "it has none"


def test_each_act_says_what_it_would_do(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    settle()
    said = {act.label: act.preview for act in acts(staff(), order)}
    assert said["Cancel"] == "what was taken of 25.00 GBP goes back, and its goods become free"
    assert said["Send"] == "2 x MUG leave, and the customer gets a mail"
    assert said["Take back"] == "at most 2 x MUG"
    assert said["Refund"] == "at most 25.00 GBP; the customer keeps the goods"


def test_what_can_be_done_comes_first_and_the_rest_says_why_not(shop: Shop) -> None:
    order = shop.order()
    settle()
    refused = [bool(act.refusal) for act in acts(staff(), order)]
    assert refused == sorted(refused)
    assert {True, False} == set(refused)


def test_the_page_says_what_happened_with_its_flow_payments_and_goods(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    settle()
    page = staff().get(page_of(order)).content.decode()
    assert f"Order {order}: card charged 25.00 GBP at " in page
    assert "25.00 GBP captured, 0.00 GBP refunded, 25.00 GBP left with us" in page
    assert "2 committed" in page
    assert page.count("<title>charge: done</title>") == 1
    assert "Gateway's name" in page or "Gateway&#x27;s name" in page


def test_who_sees_no_payments_reads_nothing_of_them(shop: Shop) -> None:
    order = shop.order()
    settle()
    page = staff("warehouse").get(page_of(order)).content.decode()
    assert "What can be done now" in page
    assert "captured" not in page


def test_an_order_that_is_cancelled_says_so(shop: Shop) -> None:
    order = shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    found = possible(staff(), order)
    assert found["Cancel"] == found["Take back"] == "it is cancelled"


def test_a_saga_that_is_open_offers_its_verbs(shop: Shop) -> None:
    order = shop.order()
    settle_all_but("gateway")
    found = possible(staff("operator"), order)
    assert found["Suspend its saga"] == ""
    assert found["Resume its saga"] != ""
    assert "Cancel" not in found


def test_dead_letters_of_it_are_offered(shop: Shop) -> None:
    order = shop.order()
    Message.objects.filter(correlation_id=order.pk).update(payload={})
    settle()
    assert possible(staff(), order)["Redrive its dead letters"] == ""


def test_support_cancels_an_order_with_a_reason(shop: Shop) -> None:
    order = shop.order()
    settle()
    client = staff("support")
    page = client.get(act_page(order, "cancel")).content.decode()
    assert "12.50 GBP goes back to the customer" in page
    send(client, act_page(order, "cancel"), {"reason": "asked for by telephone"})
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_staff")
    act = OperatorAct.objects.get(verb="cancel order")
    assert (act.actor, act.reason) == ("support-person", "asked for by telephone")


def test_what_cannot_be_cancelled_any_more_says_why(shop: Shop) -> None:
    order = shop.order()
    settle()
    client = staff("support")
    send(client, act_page(order, "take_back"), {"line_1": "1", "reason": "broken"})
    again = send(client, act_page(order, "take_back"), {"line_1": "1", "reason": "broken"})
    assert "nothing of it can be returned" in again.content.decode()


def test_support_takes_units_back(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    settle()
    client = staff("support")
    assert "Units of MUG" in client.get(act_page(order, "take_back")).content.decode()
    send(client, act_page(order, "take_back"), {"line_1": "2", "reason": "broken"})
    settle()
    order.refresh_from_db()
    assert (order.status, order.returned_amount) == ("confirmed", 2 * PRICE)
    refused = send(client, act_page(order, "take_back"), {"line_1": "2", "reason": "broken"})
    assert refused.status_code == 200


def test_above_the_limit_it_is_a_proposal(shop: Shop, settings: object) -> None:
    settings.REFUND_APPROVAL_ABOVE = 100  # type: ignore[attr-defined]  # Django's settings
    order = shop.order()
    settle()
    send(staff("support"), act_page(order, "cancel"), {"reason": "asked for"})
    assert RefundProposal.objects.get().order_id == order.pk
    assert outcome(order) == ("confirmed", "")


@pytest.mark.parametrize("act", ["cancel", "take_back"])
def test_who_may_not_change_orders_cannot(shop: Shop, act: str) -> None:
    order = shop.order()
    settle()
    client = staff("warehouse")
    assert client.get(act_page(order, act)).status_code == 403
    assert "Cancel" not in possible(client, order)


def test_looking_takes_a_bounded_number_of_queries(shop: Shop) -> None:
    order = shop.order()
    settle_all_but("gateway")
    client = staff()
    with CaptureQueriesContext(connection) as captured:
        client.get(page_of(order))
    assert len(captured) < 130
