"""Every text field of every door: what is sent is taken, or refused in one clear answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from uuid_utils.compat import uuid7

from inventory.models import StockMovement
from orders.models import OrderReturn
from outbox.kit.texts import LONGEST_REASON
from outbox.models import OperatorAct
from testkit.delivering import settle
from testkit.shop import Shop

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20)  # every code point, surrogates too
    | st.text(max_size=20),
    st.sampled_from("a\x00é🫖\ud800 ").flatmap(
        lambda character: st.integers(0, 600).map(lambda count: character * count)
    ),
)


def line(sku: str = "MUG") -> dict[str, Any]:
    return {"sku": sku, "quantity": 1}


def imported(shop: Shop, **fields: Any) -> dict[str, Any]:
    order = {
        "reference": str(uuid7()),
        "customer": str(shop.customer.id),
        "lines": [line()],
        "payment_method": "pm_card_visa",
    }
    return {"orders": [order | fields]}


def product(**fields: Any) -> dict[str, Any]:
    new = {"sku": uuid7().hex, "name": "n", "unit_price": 1, "currency": "GBP", "reason": "r"}
    return new | fields


def price(**fields: Any) -> dict[str, Any]:
    return {"sku": "MUG", "currency": "EUR", "unit_price": 1, "reason": "r"} | fields


def by_hand(**fields: Any) -> dict[str, Any]:
    return {"amount": 1, "how": "bank transfer", "reason": "r"} | fields


Door = tuple[str, str, Callable[[Shop, str], Any]]

DOORS: list[Door] = [
    *(
        ("POST", f"stock/MUG/{verb}", lambda _, text: {"units": 1, "reason": text})
        for verb in ("receive", "adjust", "write-off")
    ),
    ("POST", "orders/imports", lambda shop, text: imported(shop, reference=text)),
    ("POST", "orders/imports", lambda shop, text: imported(shop, payment_method=text)),
    ("POST", "orders/imports", lambda shop, text: imported(shop, customer=text)),
    ("POST", "orders/imports", lambda shop, text: imported(shop, flow=text)),
    ("POST", "orders/imports", lambda shop, text: imported(shop, lines=[line(text)])),
    ("POST", "orders/{order}/cancel", lambda _, text: {"reason": text}),
    (
        "POST",
        "orders/{order}/returns",
        lambda _, text: {"lines": [{"number": 1, "quantity": 1}], "reason": text},
    ),
    ("POST", "orders/{order}/refunds", lambda _, text: {"amount": 1, "reason": text}),
    *(
        ("POST", "orders/{order}/hand-refunds", lambda _, text, name=name: by_hand(**{name: text}))
        for name in ("how", "reference", "reason")
    ),
    ("POST", "products", lambda _, text: product(sku=text)),
    ("POST", "products", lambda _, text: product(name=text)),
    ("POST", "products", lambda _, text: product(currency=text)),
    ("POST", "products", lambda _, text: product(reason=text)),
    ("PATCH", "products/MUG", lambda _, text: {"name": text, "reason": "r"}),
    ("PATCH", "products/MUG", lambda _, text: {"name": "Mug", "reason": text}),
    ("PATCH", "products/MUG", lambda _, text: {"category": text, "reason": "r"}),
    ("PATCH", "products/MUG", lambda _, text: {"active_from": text, "reason": "r"}),
    ("POST", "product-imports/preview", lambda _, text: {"csv": text}),
    ("POST", "product-imports", lambda _, text: {"csv": text, "digest": text, "reason": "r"}),
    *(
        ("POST", "product-prices", lambda _, text, name=name: price(**{name: text}))
        for name in ("sku", "currency", "since", "reason")
    ),
    ("POST", "customers", lambda _, text: {"name": text}),
    ("POST", "customers", lambda _, text: {"name": "Eve", "reference": text}),
    ("POST", "customers", lambda _, text: {"name": "Eve", "email": text}),
    ("POST", "customers", lambda _, text: {"name": "Eve", "country": text}),
    ("POST", "customers", lambda _, text: {"name": "Eve", "account": text}),
    ("PATCH", "customers/{customer}", lambda _, text: {"name": text, "reason": "r"}),
    ("PATCH", "customers/{customer}", lambda _, text: {"name": "Ada", "reason": text}),
]


def name_of(door: Door) -> str:
    return f"{door[0]} {door[1]}"


@pytest.mark.parametrize("door", DOORS, ids=name_of)
def test_a_text_is_taken_or_refused_and_never_an_error_of_ours(
    boss: APIClient, shop: Shop, door: Door
) -> None:
    method, path, body_of = door
    shop.receive("MUG", 1000)
    order = shop.order()
    settle()
    address = path.format(order=order.id, customer=shop.customer.id)

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(text=TEXTS)
    @example(text="x" * 201)
    @example(text="x" * LONGEST_REASON)
    @example(text="half \ud800 pair")
    @example(text="bad \x00 byte")
    def send(text: str) -> None:
        answer = boss.generic(
            method,
            f"/api/v1/{address}",
            json.dumps(body_of(shop, text)),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=uuid7().hex,
        )
        assert answer.status_code < 500, (ascii(text), answer.content[:300])

    send()


WHY = "w" * LONGEST_REASON


def test_a_reason_of_the_longest_kind_is_kept_whole_wherever_it_is_asked_for(
    boss: APIClient, shop: Shop
) -> None:
    order = shop.order({"MUG": 2})
    settle()
    sent = [
        boss.post("/api/v1/stock/MUG/receive", {"units": 1, "reason": WHY}, format="json"),
        boss.post(
            f"/api/v1/orders/{order.id}/returns",
            {"lines": [{"number": 1, "quantity": 1}], "reason": WHY},
            format="json",
        ),
    ]
    assert [answer.status_code for answer in sent] == [200, 202]
    assert StockMovement.objects.filter(reason=WHY).count() == 1
    assert OrderReturn.objects.get().reason == WHY
    assert OperatorAct.objects.filter(reason=WHY).count() == 2


@pytest.mark.parametrize(
    "words", [["x" * 41, "1", "--reason", "r"], ["MUG", "1", "--reason", WHY + "w"]]
)
def test_a_command_refuses_what_no_column_takes(shop: Shop, words: list[str]) -> None:  # noqa: ARG001 - the tables
    with pytest.raises(CommandError):
        call_command("stock", "receive", *words)
