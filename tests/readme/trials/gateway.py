"""Run in a copy of the tree to which the gateway of docs/adding.md was added."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import ClassVar

import pytest
from pytest_django import Settings

from payments.gateways.port import gateway_named
from payments.models import PaymentOperation
from testkit.delivering import settle
from testkit.shop import PRICE, Shop


class Bank(BaseHTTPRequestHandler):
    """The other side: fails once per key, declines one card, and remembers what it was asked."""

    asked: ClassVar[list[tuple[str, str, int]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = (self.path, self.headers["Idempotency-Key"], body["amount"])
        is_first = request not in self.asked
        self.asked.append(request)
        if is_first:
            self.answer(503, {})
        elif body.get("card") == "pm_empty":
            self.answer(402, {"code": "insufficient_funds"})
        else:
            self.answer(201, {"id": f"bank-{len(self.asked)}"})

    def answer(self, status: int, body: dict[str, str]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keep quiet."""


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[type[Bank]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/v1"
    monkeypatch.setattr(import_module("payments.gateways.bank"), "URL", address)
    monkeypatch.setattr(Bank, "asked", [])
    settings.PAYMENT_GATEWAY = "bank"
    gateway_named.cache_clear()
    yield Bank
    gateway_named.cache_clear()
    server.shutdown()
    server.server_close()


def test_a_charge_without_an_answer_is_asked_again_with_the_same_key(
    bank: type[Bank], audited: Shop
) -> None:
    order = audited.order()
    settle()
    order.refresh_from_db()
    operation = PaymentOperation.objects.get(payment__order_id=order.id)
    assert order.status == "confirmed"
    assert bank.asked == [("/v1/charges", operation.idempotency_key, PRICE)] * 2
    assert operation.gateway_reference == "bank-2"


def test_a_declined_card_cancels_the_order(bank: type[Bank], audited: Shop) -> None:
    order = audited.order(payment_method="pm_empty")
    settle()
    order.refresh_from_db()
    assert (order.status, order.reason_code) == ("cancelled", "payment_declined")
    assert {path for path, _, _ in bank.asked} == {"/v1/charges"}


def test_missing_stock_refunds_at_the_bank(bank: type[Bank], audited: Shop) -> None:
    audited.order({"MUG": 11})
    settle()
    assert [path for path, _, _ in bank.asked] == ["/v1/charges"] * 2 + ["/v1/refunds"] * 2
