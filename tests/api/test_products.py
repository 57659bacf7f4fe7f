"""GET /products: what is for sale."""

from rest_framework.test import APIClient

from orders.models import Product


def test_what_is_for_sale_is_listed_by_sku_with_its_price(ada: APIClient) -> None:
    Product.objects.create(sku="BOWL", name="Bowl", unit_price=700, currency="GBP")
    Product.objects.create(sku="OLD", name="Old", unit_price=1, currency="GBP", for_sale=False)
    listed = ada.get("/api/v1/products").json()
    assert listed["next"] is None
    assert [product["sku"] for product in listed["results"]] == ["BOWL", "MUG"]
    assert listed["results"][0] == {
        "sku": "BOWL",
        "name": "Bowl",
        "unit_price": 700,
        "currency": "GBP",
    }


def test_products_come_in_pages(ada: APIClient) -> None:
    Product.objects.create(sku="BOWL", name="Bowl", unit_price=700, currency="GBP")
    first = ada.get("/api/v1/products?page_size=1").json()
    second = ada.get(first["next"]).json()
    skus = [page["results"][0]["sku"] for page in (first, second)]
    assert (skus, second["next"]) == (["BOWL", "MUG"], None)


def test_a_forged_cursor_is_refused(ada: APIClient) -> None:
    assert ada.get("/api/v1/products?cursor=WyJcdTAwMDAiXQ").status_code == 400
    assert ada.get("/api/v1/products?colour=blue").status_code == 400
