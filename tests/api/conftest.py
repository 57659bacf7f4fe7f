"""Clients of the API: a customer, another one, a member of the staff, and nobody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from config.access.tokens import issue_token
from orders.models import Customer
from testkit.shop import Shop
from tests.faults.processes import SECONDS_TO_START, running, serves, wait_until, worker
from tests.ports import HOST, free_port

BUFFERING = "--worker-class=config.http.buffering.BufferingWorker"
UNTHROTTLED = {
    "API_REQUESTS_PER_MINUTE": "0",
    "LOGIN_FAILURES": "1000000",
    "SANDBOX_WEBHOOK_SECRET": "whsec_of_the_web_server_of_these_tests",
}


def member_of(role: str, **more: Any) -> User:
    """Return a member of the staff with a role of ``config.access.roles``."""
    user = User.objects.create_user(f"one of {role}", is_staff=True, **more)
    user.groups.add(Group.objects.get(name=role))
    return user


def client_of(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    token = issue_token(user, name="tests", reason="a test", actor="tests")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def ada(shop: Shop) -> APIClient:
    """Return the client of the customer whom ``shop`` serves."""
    shop.customer.user = User.objects.create_user("ada")
    shop.customer.save()
    return client_of(shop.customer.user)


@pytest.fixture
def bob(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    """Return the client of another customer."""
    user = User.objects.create_user("bob")
    Customer.objects.create(name="Bob", user=user)
    return client_of(user)


@pytest.fixture
def staff(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    """Return the client of a member of the support staff, who is no customer."""
    return client_of(member_of("support"))


@pytest.fixture
def clerk(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    """Return the client of a member of the staff who may nothing."""
    return client_of(User.objects.create_user("clerk", is_staff=True))


@pytest.fixture
def boss(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    """Return the client of somebody who may everything."""
    return client_of(member_of("admin"))


@pytest.fixture
def stranger(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    """Return the client of an account that is neither a customer's nor the staff's."""
    return client_of(User.objects.create_user("eve"))


@pytest.fixture
def nobody(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    return APIClient(raise_request_exception=False)


@pytest.fixture
def served(shop: Shop, tmp_path: Path) -> Iterator[str]:  # noqa: ARG001 - the tables
    """Run a web server without throttles and a worker; return where the API is."""
    port, log = free_port(), tmp_path / "web.log"
    words = ("gunicorn", "config.wsgi", f"--bind={HOST}:{port}", "--threads=4", BUFFERING)
    with (
        running(log, *words, "--no-control-socket", variables=UNTHROTTLED),
        worker(tmp_path / "worker.log", {"SANDBOX_DELAY_SECONDS": "0"}),
    ):
        wait_until(lambda: serves(port), log=log, seconds=SECONDS_TO_START)
        yield f"http://{HOST}:{port}/api/v1"
