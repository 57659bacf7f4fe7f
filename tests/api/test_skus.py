"""SKUs of other people's shops: what comes in at one door is reached through all of them."""

from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from config.demo.replay import settling
from inventory.models import StockItem
from orders.models import Customer, Product
from testkit.delivering import settle
from testkit.shop import Shop, outcome
from tests.admin.forms import send
from tests.replay.files import online_retail, sold

AWKWARD = [
    "0RJ9548SN-212/W0-54",
    "BANK CHARGES",
    "gift_0001_40",
    "50% OFF",
    "A?B",
    "A#B",
    "A&B=C",
    "A+B",
    "A\\B",
    "A;B",
    'A"B"',
    "é-1",
    "茶碗",
    "...",
    "A.",
    "A/receive",
    "me",
    "%2F",
    "_2F",
    "<b>",
]
REFUSED = ["", " ", "A ", " A", ".", "..", "A/../B", "/A", "A/", "A//B", "A\nB", "A\x7f", "\u202eA"]

awkward = pytest.mark.parametrize("sku", AWKWARD)
refused = pytest.mark.parametrize("sku", REFUSED, ids=ascii)

OFFER = {"name": "x", "unit_price": 100, "currency": "GBP", "reason": "new"}


def offer(boss: APIClient, sku: str) -> int:
    return int(boss.post("/api/v1/products", {**OFFER, "sku": sku}, format="json").status_code)


@awkward
def test_whatever_is_offered_is_read_changed_stocked_and_sold(
    audited: Shop, boss: APIClient, sku: str
) -> None:
    where = quote(sku, safe="")
    assert offer(boss, sku) == 201
    changed = boss.patch(
        f"/api/v1/products/{where}", {"unit_price": 120, "reason": "dearer"}, format="json"
    )
    read = boss.get(f"/api/v1/products/{where}").json()
    assert (changed.status_code, read["sku"], read["unit_price"]) == (200, sku, 120)
    for act, units in (("receive", 9), ("adjust", -1), ("write-off", 1)):
        body = {"units": units, "reason": "as counted"}
        done = boss.post(f"/api/v1/stock/{where}/{act}", body, format="json")
        assert (done.status_code, done.json()["sku"]) == (200, sku), act
    order = audited.order({sku: 2})
    settle()
    assert outcome(order) == ("confirmed", "")
    assert StockItem.objects.get(pk=sku).available == 5


@awkward
def test_staff_reach_its_pages_and_act_on_its_stock(shop: Shop, sku: str) -> None:
    shop.receive(sku, 5)
    client = Client()
    client.force_login(User.objects.create_superuser("grace"))
    for kind in ("orders/product", "inventory/stockitem"):
        listed = client.get(f"/admin/{kind}/").content.decode()
        address = next(
            part
            for part in listed.split('"')
            if part.startswith(f"/admin/{kind}/")
            and part.endswith("/change/")
            and "MUG" not in part
        )
        page = client.get(address)
        assert page.status_code == 200
    acts = [part for part in page.content.decode().split('"') if part.endswith("/receive/")]
    assert send(client, acts[0], {"units": 3, "reason": "came"}).status_code == 302
    assert StockItem.objects.get(pk=sku).on_hand == 8
    order = shop.order({sku: 1})
    shown = client.get(f"/admin/orders/order/{order.id}/change/").content.decode()
    product = next(
        part
        for part in shown.split('"')
        if part.startswith("/admin/orders/product/") and part.endswith("/change/")
    )
    assert client.get(product).status_code == 200
    settle()


@awkward
def test_a_replay_brings_it_and_the_api_reaches_it(
    shop: Shop, boss: APIClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sku: str
) -> None:
    monkeypatch.setattr(settling, "pause", settle)
    call_command("replay_orders", str(online_retail(tmp_path, [sold("1", sku, 1)])))
    assert boss.get(f"/api/v1/products/{quote(sku, safe='')}").json()["sku"] == sku
    assert shop.reserved(sku) == 1


@refused
def test_what_cannot_be_a_sku_comes_in_at_no_door(
    shop: Shop, boss: APIClient, tmp_path: Path, sku: str
) -> None:
    assert offer(boss, sku) == 400
    body = {"units": 1, "reason": "came"}
    where = quote(sku, safe="")
    assert boss.post(f"/api/v1/stock/{where}/receive", body, format="json").status_code in {
        404,
        409,
    }
    with pytest.raises(CommandError):
        call_command("stock", "receive", sku, "1", "--reason", "came")
    if sku == sku.strip():  # what a file has around a value is no part of it
        with pytest.raises(CommandError, match="StockCode"):
            call_command("replay_orders", str(online_retail(tmp_path, [sold("1", sku, 1)])))
    assert list(Product.objects.values_list("sku", flat=True)) == ["MUG"]
    assert list(StockItem.objects.values_list("sku", flat=True)) == ["MUG"]
    assert Customer.objects.count() == 1
    assert shop.reserved() == 0
