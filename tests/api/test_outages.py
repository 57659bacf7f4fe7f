"""A database that cannot just now: 503 with Retry-After, and a session that is over is left."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection
from django.test import Client
from rest_framework.test import APIClient

from config.http.problems import DatabaseAway
from config.postgresql.errors import DatabaseUnavailable
from orders.models import Order
from testkit.shop import Shop
from tests.api.conftest import member_of
from tests.api.test_problems import assert_problem

ORDER = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}

PASSING = {
    "a lost connection": "08006",
    "a read-only server": "25006",
    "a serialization failure": "40001",
    "a deadlock": "40P01",
    "a full disk": "53100",
    "no memory": "53200",
    "too many connections": "53300",
    "a lock that is held": "55P03",
    "a statement that took too long": "57014",
    "a shutdown": "57P01",
    "a start": "57P03",
    "a failing disk": "58030",
}

FAIL = """
CREATE OR REPLACE FUNCTION tests_fail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'it cannot' USING ERRCODE = '{code}'; END $$;
CREATE TRIGGER fails BEFORE INSERT ON orders_order
FOR EACH ROW EXECUTE FUNCTION tests_fail();
"""


@pytest.fixture(autouse=True)
def _session_of_its_own(transactional_db: None) -> Iterator[None]:  # noqa: ARG001 - opens the database
    """Begin with a session that no earlier test has spoiled, and leave none to a later one."""
    connection.close()
    yield
    connection.close()


@pytest.fixture
def failing(request: pytest.FixtureRequest) -> Iterator[str]:
    """Let the database refuse every new order with an error code."""
    with connection.cursor() as cursor:
        cursor.execute(FAIL.format(code=request.param))
    yield request.param
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION tests_fail CASCADE")


def post(client: APIClient, **headers: str) -> Any:
    close_old_connections()  # as Django does before a request; its test client does not
    return client.post("/api/v1/orders", ORDER, format="json", headers=headers)


@pytest.mark.parametrize("key", ["", "a-key-of-this-order"], ids=["plain", "with a key"])
@pytest.mark.parametrize("failing", PASSING.values(), ids=PASSING, indirect=True)
def test_what_may_succeed_later_is_a_503_that_says_when(
    ada: APIClient, failing: str, key: str
) -> None:
    answer = post(ada, **({"Idempotency-Key": key} if key else {}))
    assert_problem(answer, 503, "database-away")
    assert int(answer["Retry-After"]) == DatabaseAway.wait
    assert not Order.objects.exists(), failing


@pytest.mark.parametrize("failing", ["22012", "42P01", "XX000"], indirect=True)
def test_what_is_wrong_with_a_statement_is_an_error_of_ours(ada: APIClient, failing: str) -> None:
    assert_problem(post(ada), 500, "server-error")
    assert failing


def test_a_request_that_was_told_to_come_back_is_done_once(shop: Shop, ada: APIClient) -> None:
    key = {"Idempotency-Key": "a-key-of-this-order"}
    read_only()
    assert post(ada, **key).status_code == 503
    assert [post(ada, **key).status_code for _ in range(2)] == [202, 202]
    assert Order.objects.filter(customer=shop.customer).count() == 1


def read_only() -> None:
    """Make our session what a session is that outlived its server's demotion."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")


def test_a_session_that_outlived_a_failover_ends_with_its_first_refusal(ada: APIClient) -> None:
    read_only()
    before = connection.connection.info.backend_pid
    assert post(ada).status_code == 503
    assert post(ada).status_code == 202
    assert connection.connection.info.backend_pid != before


def test_a_session_of_another_thread_that_only_reads_ends_with_it(ada: APIClient) -> None:
    reading = connection.copy()
    reading.connect()
    read_only()
    assert post(ada).status_code == 503
    reading.close_if_unusable_or_obsolete()
    close_old_connections()
    assert reading.connection is None


def test_a_lock_that_is_held_is_no_reason_to_leave_a_session(ada: APIClient) -> None:
    holder = connection.copy()
    holder.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    before = connection.connection.info.backend_pid
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_order")
        assert post(ada).status_code == 503
    holder.close()
    assert post(ada).status_code == 202
    assert connection.connection.info.backend_pid == before


@pytest.mark.usefixtures("shop")
def test_ready_says_that_a_server_takes_no_writes() -> None:
    read_only()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "unready", "database": "read-only"},
    )


@pytest.mark.usefixtures("shop")
def test_pages_that_are_no_api_say_503_too(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(member_of("support"))

    def fail(*_: Any) -> None:
        raise DatabaseUnavailable("the server closed the connection")

    monkeypatch.setattr("orders.admin.orders.OrderAdmin.get_queryset", fail)
    answer = client.get("/admin/orders/order/")
    assert (answer.status_code, answer["Retry-After"]) == (503, str(DatabaseAway.wait))


@pytest.mark.usefixtures("shop")
def test_too_many_parameters_are_an_error_of_ours_and_no_outage() -> None:
    ids = list(range(70_000))
    with (
        pytest.raises(OperationalError, match="number of parameters") as refused,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT 1 WHERE 1 IN ({', '.join(['%s'] * len(ids))})", ids)
    assert not isinstance(refused.value, DatabaseUnavailable)
