"""Run in a copy of the tree to which the price provider of docs/adding.md was added."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any, ClassVar

import pytest
from pytest_django import Settings

from orders.models import Order
from orders.pricing import PriceUnknown
from testkit.book import taken
from testkit.delivering import settle
from testkit.shop import PRICE, Shop


class TaxOffice(BaseHTTPRequestHandler):
    """The other side: knows one tax, unless it is closed."""

    closed: ClassVar[bool] = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        taxes = json.dumps([self.tax(line) for line in body["lines"]])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"We are closed." if self.closed else taxes.encode())

    def tax(self, line: dict[str, Any]) -> dict[str, Any]:
        amount = line["amount"] // 5
        tax = {"name": "VAT", "percent": "20", "jurisdiction": "HMRC"}
        return {**tax, "line": line["number"], "amount": amount}

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keep quiet."""


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[type[TaxOffice]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), TaxOffice)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/v1/taxes"
    monkeypatch.setattr(import_module("orders.pricing.providers.tax_service"), "URL", address)
    settings.PRICE_PROVIDER = "tax_service"
    yield TaxOffice
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("office")
def test_the_customer_pays_the_tax_that_the_service_knows(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    assert taken(order.id) == [2 * PRICE + PRICE * 2 // 5]


def test_nothing_is_sold_without_its_tax(
    shop: Shop, office: type[TaxOffice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "closed", True)
    with pytest.raises(PriceUnknown):
        shop.order()
    assert not Order.objects.exists()
