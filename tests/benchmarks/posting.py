"""Clients of the API: processes of a few threads, each with a connection at a time."""

import http.client
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from django.contrib.auth.models import User

from config.access.tokens import issue_token
from orders.models import Customer
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.workload import PlannedOrder, shares

ACCEPTED = 202
PER_CONNECTION = 50
"""Orders. Which of the server's processes takes a connection is chance; a few are a lottery."""


def open_accounts() -> Callable[[], list[str]]:
    """Have each customer given a token; return them in the order of the customers' numbers."""

    def open_account(customer: Customer) -> str:
        customer.user = User.objects.create_user(f"customer-{customer.reference}")
        customer.save()
        return issue_token(customer.user, name="bench", reason="bin/bench api", actor="bench")

    return lambda: [open_account(each) for each in Customer.objects.order_by("reference")]


def prepare(
    port: int, path: str, tokens: Sequence[str], orders: Sequence[PlannedOrder], threads: int
) -> Callable[[], list[float]]:
    """Return what posts the orders and tells the seconds that each answer took."""

    def post(mine: Sequence[PlannedOrder]) -> list[float]:
        took = []
        for begin in range(0, len(mine), PER_CONNECTION):
            with closing(http.client.HTTPConnection("localhost", port, timeout=60)) as connection:
                took += [
                    _post(connection, path, tokens[each.customer], each)
                    for each in mine[begin : begin + PER_CONNECTION]
                ]
        return took

    def work() -> list[float]:
        with ThreadPoolExecutor(threads) as pool:
            return [took for each in pool.map(post, shares(orders, threads)) for took in each]

    return work


def _post(
    connection: http.client.HTTPConnection, path: str, token: str, order: PlannedOrder
) -> float:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in order.lines]
    body = json.dumps({"lines": lines, "payment_method": order.payment_method})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    begun = time.monotonic()
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != ACCEPTED:
        raise InvalidRun(f"POST {path} was answered {answer.status}: {said[:300]!r}")
    return time.monotonic() - begun
