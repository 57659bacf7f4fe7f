"""Every read model is rebuilt and rolled back under reads and writes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
from rest_framework.test import APIClient

from readmodels.projection import projections
from testkit.delivering import settle
from testkit.shop import Shop
from tests.readmodels.day import a_busy_day_of

READERS = 3


def test_requests_keep_succeeding_while_every_read_model_is_rebuilt(audited: Shop) -> None:
    a_busy_day_of(audited)
    order = audited.order({"BOWL": 1})
    settle()
    addresses = [
        "/api/v1/orders",
        f"/api/v1/orders/{order.id}",
        f"/api/v1/orders/{order.id}/timeline",
        f"/api/v1/customers/{audited.customer.id}/statistics",
        "/api/v1/sales",
        "/api/v1/stock",
        "/api/v1/money-at-risk",
    ]
    staff = User.objects.create_superuser("sam")
    over, answers = Event(), Counter[int]()

    def read() -> None:
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(staff)
        try:
            while not over.is_set():
                answers.update(client.get(address).status_code for address in addresses)
        finally:
            connections.close_all()

    def sell() -> None:
        try:
            while not over.is_set():
                audited.receive("BOWL", 2)
                audited.order({"BOWL": 1})
                settle()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(READERS + 1) as pool:
        busy = [pool.submit(sell), *(pool.submit(read) for _ in range(READERS))]
        try:
            for how in ([], ["--rollback"]):
                for name in sorted(projections):
                    call_command("readmodels", "rebuild", name, *how)
        finally:
            over.set()
        for each in busy:
            each.result()
    settle()
    assert answers.keys() == {200}
    assert answers[200] >= READERS * len(addresses)
