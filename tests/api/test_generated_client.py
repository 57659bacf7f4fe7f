"""A client that is generated from the OpenAPI document places an order and reads it."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from config.access.tokens import issue_token
from orders.models import Order
from testkit.shop import Shop

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
PROGRAMS = Path(sys.executable).parent

# What somebody writes who knows the generated client and nothing else.
STOREFRONT = """
import os
from http import HTTPStatus

from shop_client import AuthenticatedClient
from shop_client.api.orders import orders_place, orders_read
from shop_client.models import NewLine, NewOrder, OrderDetail, OrderEnd, Problem

client = AuthenticatedClient(base_url=os.environ["SERVER"], token=os.environ["TOKEN"])


def place(sku):
    order = NewOrder(lines=[NewLine(sku=sku, quantity=2)], payment_method="pm_card_visa")
    return orders_place.sync_detailed(
        client=client, body=order, prefer="wait=20", idempotency_key=f"order-of-{sku}"
    )


placed = place("MUG")
assert placed.status_code == HTTPStatus.CREATED, placed
assert isinstance(placed.parsed, OrderEnd)
read = orders_read.sync(
    placed.parsed.id,
    client=client,
    consistency_token=placed.headers["Consistency-Token"],
)
assert isinstance(read, OrderDetail), read
assert [(line.sku, line.quantity) for line in read.lines] == [("MUG", 2)]

refused = place("UNICORN").parsed
assert isinstance(refused, Problem)
assert refused.type_ == "/problems/unknown-sku", refused
print(read.id, read.status)
"""


def test_a_generated_client_places_an_order_and_reads_it(
    shop: Shop, served: str, tmp_path: Path
) -> None:
    shop.customer.user = User.objects.create_user("ada")
    shop.customer.save()
    token = issue_token(shop.customer.user, name="generated", reason="a test", actor="tests")
    client = ("--path", str(DOCUMENT), "--output-path", str(tmp_path / "shop_client"))
    # It has what it wrote formatted by the ruff that it finds.
    around = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    program = str(PROGRAMS / "openapi-python-client")
    run(program, "generate", "--meta", "none", "--fail-on-warning", *client, env=around)

    server = {"SERVER": served.removesuffix("/api/v1"), "TOKEN": token}
    told = run(sys.executable, "-c", STOREFRONT, env={**server, "PYTHONPATH": str(tmp_path)})

    order = Order.objects.get()
    assert told.split() == [str(order.id), "confirmed"]


def run(*words: str, env: dict[str, str]) -> str:
    ended = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
