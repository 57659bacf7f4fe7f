"""Staff send the goods of an order in the admin: what is packed, or all that is left."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Order
from orders.services import LineToPack, pack_shipment
from outbox.models import OperatorAct
from testkit.delivering import settle
from testkit.shop import Shop
from tests.admin.forms import send
from tests.api.conftest import member_of

CARRIER = {"carrier": "Royal Mail", "tracking": "QM123456785GB", "reason": "it is paid"}


@pytest.fixture
def confirmed(audited: Shop) -> Order:
    order = audited.order({"MUG": 3})
    settle()
    return order


@pytest.fixture
def packer(confirmed: Order) -> Client:
    assert confirmed.status
    client = Client()
    client.force_login(member_of("warehouse"))
    return client


def send_order(client: Client, order: Order) -> Any:
    page = send(client, f"/admin/orders/order/{order.id}/send/", CARRIER, follow=True)
    settle()
    order.refresh_from_db()
    return page


def test_all_that_is_left_leaves_at_once(packer: Client, confirmed: Order) -> None:
    page = send_order(packer, confirmed)
    assert "On its way" in page.content.decode()
    (shipment,) = confirmed.shipments.all()
    assert (shipment.carrier, shipment.tracking) == ("Royal Mail", "QM123456785GB")
    assert confirmed.status == "fulfilled"
    act = OperatorAct.objects.get(verb="send shipment")
    assert (act.actor, act.reason) == ("one of warehouse", "it is paid")
    shown = packer.get(f"/admin/orders/order/{confirmed.id}/change/").content.decode()
    assert "QM123456785GB" in shown


def test_what_is_packed_already_leaves_first(packer: Client, confirmed: Order) -> None:
    pack_shipment(order_id=confirmed.id, lines=[LineToPack(number=1, quantity=1)], by="grace")
    send_order(packer, confirmed)
    assert [each.lines.get().quantity for each in confirmed.shipments.all()] == [1]
    assert confirmed.status == "confirmed"
    send_order(packer, confirmed)
    assert confirmed.status == "fulfilled"


def test_an_order_that_cannot_be_sent_says_so(packer: Client, confirmed: Order) -> None:
    send_order(packer, confirmed)
    assert "nothing of it can be packed" in send_order(packer, confirmed).content.decode()
    assert confirmed.shipments.count() == 1


def test_whoever_may_not_ship_is_refused(confirmed: Order) -> None:
    client = Client()
    client.force_login(User.objects.create(username="sue", is_staff=True))
    assert client.get(f"/admin/orders/order/{confirmed.id}/send/").status_code == 403
