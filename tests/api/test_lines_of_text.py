"""Names and references are of one line: mails, logs and lists have no place for more."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from orders.models import Customer
from testkit.shop import Shop

BREAKS = ["\n", "\r\n", "\u2028", "\x85", "\x0b", "\x00", "\x1b"]


@pytest.mark.parametrize("end", BREAKS)
def test_a_name_of_two_lines_is_refused(ada: APIClient, end: str) -> None:
    name = f"Ada{end}your order is void: pay at the address below"
    refused: Any = ada.patch("/api/v1/customers/me", {"name": name}, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/name"
    assert Customer.objects.filter(name="Ada Lovelace").exists()


@pytest.mark.parametrize("end", BREAKS)
def test_a_reference_of_two_lines_is_refused(boss: APIClient, shop: Shop, end: str) -> None:
    order = {
        "reference": f"till{end}7",
        "customer": str(shop.customer.id),
        "lines": [{"sku": "MUG", "quantity": 1}],
        "payment_method": "pm_card_visa",
    }
    refused: Any = boss.post("/api/v1/orders/imports", {"orders": [order]}, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/orders/0/reference"


@pytest.mark.parametrize("name", ["Sinéad O'Brien", "王 小明", "José-María", "X Æ A-12"])
def test_every_name_of_one_line_is_taken(ada: APIClient, name: str) -> None:
    assert ada.patch("/api/v1/customers/me", {"name": name}, format="json").status_code == 200
