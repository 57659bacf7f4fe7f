"""An operator asks what became of an order, and finds each part of the answer in one click."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from config.navigation import side_bar
from orders.models import Order
from tests.admin.conftest import Outcomes


def page_of(operator: Client, order: Order) -> str:
    return operator.get(reverse("admin:orders_order_change", args=[order.id])).content.decode()


def follow(operator: Client, page: str, text: str) -> tuple[str, str]:
    """Click on a link; return where it leads and what is shown there."""
    found = re.search(rf'<a href="([^"]+)"[^>]*>\s*{re.escape(text)}\s*</a>', page)
    assert found, f"there is no link {text}"
    response = operator.get(unescape(found[1]), follow=True)
    assert response.status_code == 200
    return response.wsgi_request.path, response.content.decode()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Saga", r"/admin/sagas/sagainstance/[^/]+/change/"),
        ("Payment", r"/admin/payments/payment/[^/]+/change/"),
        ("Stock movements", r"/admin/inventory/stockmovement/"),
        ("Reservations", r"/admin/inventory/reservation/"),
        ("Messages", r"/admin/outbox/message/"),
        ("Lanes", r"/admin/outbox/lane/"),
        ("What the API shows", r"/admin/readmodels/ordersummary/[^/]+/change/"),
    ],
)
def test_everything_about_an_order_is_one_click_away(
    operator: Client, outcomes: Outcomes, text: str, where: str
) -> None:
    path, page = follow(operator, page_of(operator, outcomes.confirmed), text)
    assert re.fullmatch(where, path)
    assert str(outcomes.confirmed.id) in page
    assert str(outcomes.declined.id) not in page


def test_an_order_shows_its_lines_and_its_money(operator: Client, outcomes: Outcomes) -> None:
    page = page_of(operator, outcomes.undone)
    assert "25.00 GBP" in page
    assert "12.50 GBP" in page
    assert ">MUG</a>" in page


def test_a_saga_says_why_its_order_was_declined(operator: Client, outcomes: Outcomes) -> None:
    order_page = page_of(operator, outcomes.declined)
    _, saga = follow(operator, order_page, "Saga")
    assert "payment_declined" in saga
    history = saga[saga.index("OrderPlaced") :]
    assert history.index("PaymentFailed") < history.index("OrderCancelled")
    assert "PaymentFailed: insufficient_funds" in saga
    _, payment = follow(operator, order_page, "Payment")
    assert "insufficient_funds" in payment


def test_an_order_that_was_undone_has_two_sagas(operator: Client, outcomes: Outcomes) -> None:
    path, page = follow(operator, page_of(operator, outcomes.undone), "Saga")
    assert path == "/admin/sagas/sagainstance/"
    assert "charge_first" in page
    assert "cancel_confirmed" in page


def test_a_payment_says_what_is_still_with_us(operator: Client, outcomes: Outcomes) -> None:
    _, kept = follow(operator, page_of(operator, outcomes.confirmed), "Payment")
    _, returned = follow(operator, page_of(operator, outcomes.out_of_stock), "Payment")
    still_with_us = re.compile(r"Still with us.*?([\d.,]+ GBP)", re.DOTALL)
    shown = [still_with_us.search(page) for page in (kept, returned)]
    assert [found and found[1] for found in shown] == ["25.00 GBP", "0.00 GBP"]


def test_messages_show_cause_and_effect(operator: Client, outcomes: Outcomes) -> None:
    _, messages = follow(operator, page_of(operator, outcomes.confirmed), "Messages")
    assert messages.index("OrderPlaced") < messages.index("OrderConfirmed")
    _, placed = follow(operator, messages, "OrderPlaced")
    assert "&quot;payment_method&quot;: &quot;pm_card_visa&quot;" in placed
    _, charge = follow(operator, placed, "ChargePayment")
    assert "PaymentCompleted" not in charge
    _, call = follow(operator, charge, "CallGateway")
    follow(operator, call, "PaymentCompleted")


def test_dead_letters_say_who_what_and_since_when(operator: Client, outcomes: Outcomes) -> None:
    page = operator.get("/admin/outbox/deadletter/").content.decode()
    assert str(outcomes.stuck.id) in page
    assert str(outcomes.confirmed.id) not in page
    _, letter = follow(operator, page, "OrderPlaced")
    assert "ValidationError" in letter
    assert "Traceback" in letter


def test_what_is_scheduled_says_when_and_for_which_order(
    operator: Client, outcomes: Outcomes
) -> None:
    page = operator.get("/admin/outbox/scheduledmessage/", {"q": str(outcomes.confirmed.id)})
    soon, later = page.context["cl"].result_list
    assert soon.due_at < later.due_at
    _, message = follow(operator, page.content.decode(), "AlertOperators")
    assert "&quot;subject&quot;: &quot;Look&quot;" in message
    follow(operator, message, str(outcomes.confirmed.id))


def test_what_a_message_carries_is_shown_and_never_run(
    operator: Client, outcomes: Outcomes
) -> None:
    _, messages = follow(operator, page_of(operator, outcomes.stuck), "Messages")
    _, message = follow(operator, messages, "OrderPlaced")
    assert "&lt;b&gt;what&lt;/b&gt;" in message
    assert "<b>what" not in message


def test_stock_is_explained_by_its_movements(operator: Client, outcomes: Outcomes) -> None:
    _, order = follow(operator, page_of(operator, outcomes.confirmed), "MUG")
    _, stock = follow(operator, order, "Stock of this product")
    assert "Released" in stock
    assert "Received" in stock
    held, moved = stock.index("Live reservations"), stock.index("Movements (the latest")
    assert str(outcomes.confirmed.id) in stock[held:moved]
    assert str(outcomes.undone.id) not in stock[held:moved]
    assert str(outcomes.undone.id) in stock[moved:]


@pytest.mark.parametrize("stopped", [True, False])
def test_lanes_are_filtered_by_subscriber_and_by_whether_they_have_stopped(
    operator: Client, outcomes: Outcomes, *, stopped: bool
) -> None:
    query = {"stopped__exact": str(int(stopped)), "subscriber": "sagas"}
    listed = operator.get("/admin/outbox/lane/", query).context["cl"].result_list
    stuck = [(outcomes.stuck.id, "sagas")]
    assert [(each.correlation_id, each.subscriber) for each in listed] == stuck * stopped


def test_the_side_bar_leads_to_every_page(operator: Client, rf: RequestFactory) -> None:
    links = {str(item["link"]) for group in side_bar(rf.get("/")) for item in group["items"]}
    registered = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # noqa: SLF001 - Model._meta
        for model in admin.site._registry  # noqa: SLF001 - what is registered
    }
    assert links - registered == {"/admin/", reverse("attention"), reverse("errors")}
    assert registered <= links
    page = operator.get("/admin/").content.decode()
    assert all(f'href="{link}"' in page for link in links)


def test_times_are_in_the_viewers_zone_on_lists_and_pages(
    operator: Client, outcomes: Outcomes
) -> None:
    written = f'<time datetime="{outcomes.confirmed.placed_at.isoformat()}">'
    assert written in operator.get("/admin/orders/order/").content.decode()
    page = operator.get(f"/admin/orders/order/{outcomes.confirmed.pk}/change/").content.decode()
    assert written in page
    saga = operator.get(
        "/admin/sagas/sagainstance/", {"q": str(outcomes.confirmed.pk)}, follow=True
    )
    assert saga.content.decode().count("<time ") > 5
