"""GET /products: what is for sale."""

import pytest
from rest_framework.test import APIClient

from orders.models import Product
from testkit.shop import offer


def test_what_is_for_sale_is_listed_by_sku_with_its_price(ada: APIClient) -> None:
    offer("BOWL", 700)
    offer("OLD", 1)
    Product.objects.filter(sku="OLD").update(for_sale=False)
    listed = ada.get("/api/v1/products").json()
    assert listed["next"] is None
    assert [product["sku"] for product in listed["results"]] == ["BOWL", "MUG"]
    assert listed["results"][0] == {
        "sku": "BOWL",
        "name": "Bowl",
        "category": "",
        "unit_price": 700,
        "currency": "GBP",
        "prices": [{"currency": "GBP", "unit_price": 700}],
    }


def test_products_come_in_pages(ada: APIClient) -> None:
    offer("BOWL", 700)
    first = ada.get("/api/v1/products?page_size=1").json()
    second = ada.get(first["next"]).json()
    skus = [page["results"][0]["sku"] for page in (first, second)]
    assert (skus, second["next"]) == (["BOWL", "MUG"], None)


def test_a_forged_cursor_is_refused(ada: APIClient) -> None:
    assert ada.get("/api/v1/products?cursor=WyJcdTAwMDAiXQ").status_code == 400
    assert ada.get("/api/v1/products?colour=blue").status_code == 400


@pytest.mark.parametrize("currency", ["XYZ", "XXX", "XAU", "gbp", "", 826, None])
def test_nothing_is_offered_in_an_unknown_currency(boss: APIClient, currency: object) -> None:
    offered = {"sku": "BOWL", "name": "Bowl", "unit_price": 700, "reason": "new"}
    answer = boss.post("/api/v1/products", {**offered, "currency": currency}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#/currency"
    assert not Product.objects.filter(sku="BOWL").exists()


def test_nothing_is_ordered_in_an_unknown_currency(ada: APIClient) -> None:
    Product.objects.update(currency="DEM")
    wanted = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
    answer = ada.post("/api/v1/orders", wanted, format="json")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-price")
    assert "'DEM'" in answer.json()["detail"]
