"""Products as CSV: exported, changed in a spreadsheet, previewed, imported."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from orders.models import Product, ProductPrice
from outbox.models import OperatorAct
from testkit.shop import PRICE, offer, price_of
from tests.api.conftest import client_of, member_of

HEADER = "sku,name,category,currency,price,for_sale,active_from,active_until\r\n"


def exported(client: APIClient) -> str:
    answer = client.get("/api/v1/product-list")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv")
    return str(answer.content.decode())


def preview(client: APIClient, csv: str) -> Any:
    answer = client.post("/api/v1/product-imports/preview", {"csv": csv}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def bring(client: APIClient, csv: str, digest: str) -> Any:
    body = {"csv": csv, "digest": digest, "reason": "the list of spring"}
    return client.post("/api/v1/product-imports", body, format="json")


def written() -> tuple[int, int, int]:
    return Product.objects.count(), ProductPrice.objects.count(), OperatorAct.objects.count()


@pytest.mark.usefixtures("shop")
def test_what_is_exported_changes_nothing_when_it_is_imported(boss: APIClient) -> None:
    offer("BOWL", 1234, "KWD", name="=1+1")
    offer("CUP", 900, "JPY", name='A, "quoted" cup')
    listed = exported(boss)
    assert listed == (
        f"{HEADER}BOWL,'=1+1,,KWD,1.234,yes,,\r\n"
        'CUP,"A, ""quoted"" cup",,JPY,900,yes,,\r\n'
        "MUG,MUG,,GBP,12.50,yes,,\r\n"
    )
    plan = preview(boss, listed)
    assert (plan["changes"], plan["problems"]) == ([], [])


@pytest.mark.usefixtures("shop")
def test_a_preview_says_what_would_change_and_writes_nothing(boss: APIClient) -> None:
    csv = (
        "sku,name,currency,price,for_sale\r\n"
        "MUG,Big mug,GBP,13.00,no\r\n"
        "MUG,Big mug,EUR,14.90,no\r\n"
        "BOWL,Bowl,GBP,7,yes\r\n"
    )
    before = written()
    plan = preview(boss, csv)
    assert written() == before
    assert plan["problems"] == []
    assert [(each["line"], each["sku"], each["what"]) for each in plan["changes"]] == [
        (2, "MUG", "change"),
        (2, "MUG", "price"),
        (3, "MUG", "price"),
        (4, "BOWL", "add"),
    ]
    assert plan["changes"][0]["before"] == {"name": "MUG", "for_sale": True}
    assert plan["changes"][0]["after"] == {"name": "Big mug", "for_sale": False}
    assert plan["changes"][1]["before"] == {"unit_price": PRICE}
    assert bring(boss, csv, plan["digest"]).json() == {"changed": 4}
    mug = Product.objects.with_prices().get(sku="MUG")
    assert (mug.name, mug.for_sale, mug.unit_price) == ("Big mug", False, 1300)
    assert (price_of("BOWL"), len(mug.prices)) == (700, 2)
    acts = OperatorAct.objects.filter(reason="the list of spring")
    assert sorted(acts.values_list("verb", "subject")) == [
        ("change product", "MUG"),
        ("offer product", "BOWL"),
        ("set price", "MUG"),
        ("set price", "MUG"),
    ]


@pytest.mark.usefixtures("shop")
def test_what_has_changed_since_its_preview_is_not_imported(boss: APIClient) -> None:
    csv = "sku,name,currency,price\r\nMUG,MUG,GBP,13.00\r\n"
    digest = preview(boss, csv)["digest"]
    body = {"unit_price": 999, "reason": "meanwhile"}
    boss.patch("/api/v1/products/MUG", body, format="json")
    before = written()
    refused = bring(boss, csv, digest)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/list-refused")
    assert written() == before
    assert bring(boss, csv, preview(boss, csv)["digest"]).status_code == 200


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("csv", "line", "said"),
    [
        ("sku,name\r\nMUG,Mug\r\n", 1, "currency, price"),
        ("sku,name,currency,price,colour\r\n", 1, "colour"),
        ("sku,name,currency,price\r\nMUG,Mug,GBP\r\n", 2, "number of fields"),
        ("sku,name,currency,price\r\nMUG,Mug,GBP,1.234\r\n", 2, "no amount of GBP"),
        ("sku,name,currency,price\r\nMUG,Mug,GBP,NaN\r\n", 2, "price"),
        ("sku,name,currency,price\r\nMUG,Mug,GBP,-1\r\n", 2, "negative"),
        ("sku,name,currency,price\r\nMUG,Mug,DEM,1\r\n", 2, "DEM"),
        ("sku,name,currency,price\r\nMUG,,GBP,1\r\n", 2, "name"),
        ("sku,name,currency,price\r\n/,Mug,GBP,1\r\n", 2, "no SKU"),
        ("sku,name,currency,price\r\nNEW,New,GBP,\r\n", 2, "needs a price"),
        ('sku,name,currency,price\r\nMUG,"Mug,GBP,1\r\n', 2, "no CSV"),
        (f"{HEADER}MUG,Mug,a b,GBP,1,yes,,\r\n", 2, "category"),
        (f"{HEADER}MUG,Mug,,GBP,1,maybe,,\r\n", 2, "for_sale"),
        (f"{HEADER}MUG,Mug,,GBP,1,yes,tomorrow,\r\n", 2, "active_from"),
        (f"{HEADER}MUG,Mug,,GBP,1,yes,2026-01-01T00:00:00,\r\n", 2, "time zone"),
        (f"{HEADER}MUG,Mug,,GBP,1,yes,2026-01-02T00:00:00Z,2026-01-01T00:00:00Z\r\n", 2, "later"),
    ],
)
def test_a_list_with_a_problem_says_where_and_is_not_imported(
    boss: APIClient, csv: str, line: int, said: str
) -> None:
    before = written()
    plan = preview(boss, csv)
    (problem,) = plan["problems"]
    assert (problem["line"], said in problem["detail"]) == (line, True), problem
    assert bring(boss, csv, plan["digest"]).status_code == 409
    assert written() == before


@pytest.mark.usefixtures("shop")
def test_lists_are_for_those_who_keep_the_catalogue() -> None:
    assert exported(client_of(member_of("catalogue"))).startswith(HEADER)
    support = client_of(member_of("support"))
    assert support.get("/api/v1/product-list").status_code == 403
