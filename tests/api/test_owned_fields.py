"""No client sets what is the server's: every write refuses it, in the order and in its lines.

The writes and what they take are read from the OpenAPI document, so a new one is tried as well.
"""

from collections.abc import Iterator
from copy import deepcopy
from io import StringIO
from typing import Any, Final

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.test import APIClient

from orders.models import Customer, Order
from testkit.shop import Shop
from tests.api.test_access import HERE, Adas, adas  # noqa: F401 - a fixture

OWNED: Final = {
    "id": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4",
    "status": "confirmed",
    "reason_code": "",
    "unit_price": 1,
    "price": 1,
    "total": 1,
    "amount": 1,
    "discount": 1,
    "currency": "EUR",
    "customer": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4",
    "customer_id": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4",
    "user": 1,
    "is_staff": True,
    "needs_attention": False,
    "returned_amount": 0,
    "payment_status": "paid",
    "stock_status": "sent",
    "reserved": 0,
    "approved": True,
}

PLACING: Final = ("/orders", "/orders/imports", "/guest-orders", "/quotes")
"""Where a client may choose one of the currencies in which the goods have a price."""


def writes() -> Iterator[Any]:
    """Yield each operation that takes a body, with the first of its examples."""
    document = StringIO()
    call_command("spectacular", stdout=document)
    for path, operations in yaml.safe_load(document.getvalue())["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]
                example = next(iter(body["examples"].values()))["value"]
                yield pytest.param(path, method, example, id=f"{method} {path}")


def smuggled(body: Any, path: str = "#") -> Iterator[tuple[Any, str]]:
    """Yield the body with each field that is the server's, in each object of it."""
    if isinstance(body, list):
        for place, item in enumerate(body):
            for changed, pointer in smuggled(item, f"{path}/{place}"):
                yield [*body[:place], changed, *body[place + 1 :]], pointer
    elif isinstance(body, dict):
        for name in OWNED.keys() - body.keys():
            yield {**body, name: OWNED[name]}, f"{path}/{name}"
        for name, inner in body.items():
            for changed, pointer in smuggled(inner, f"{path}/{name}"):
                yield {**deepcopy(body), name: changed}, pointer


@pytest.fixture
def everybody(boss: APIClient, shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    """Return a client who may everything, and is a customer too."""
    Customer.objects.create(name="The boss", user=User.objects.get(username="one of admin"))
    return boss


@pytest.mark.parametrize(("path", "method", "example"), list(writes()))
def test_what_is_the_servers_is_refused(
    everybody: APIClient,
    adas: Adas,  # noqa: F811 - the fixture
    path: str,
    method: str,
    example: Any,
) -> None:
    address = adas.address(path.removeprefix(HERE).replace("{", "<uuid:").replace("}", ">"))
    address = address.replace("<uuid:sku>", "MUG").replace("<uuid:token_id>", "7")
    before = list(Order.objects.order_by("id").values())
    for body, pointer in smuggled(example):
        if path.endswith(PLACING) and pointer in {"#/currency", "#/orders/0/currency"}:
            continue
        refused = getattr(everybody, method)(address, body, format="json")
        assert refused.status_code == 400, (pointer, refused.content)
        assert pointer in [error["pointer"] for error in refused.json()["errors"]]
    assert list(Order.objects.order_by("id").values()) == before
