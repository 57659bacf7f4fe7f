"""A pipelined transaction behaves like any other."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from psycopg.errors import InFailedSqlTransaction, ReadOnlySqlTransaction
from uuid_utils.compat import uuid7

from config.postgresql.errors import DatabaseUnavailable
from orders.models import Customer, Order, Product
from outbox.kit.rows.pipelining import in_one_trip
from tests.faults.processes import database_url, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Interrupted(Exception):
    """An error that does not come from the database."""


def add(sku: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_product (sku, name, currency, for_sale)"
            " VALUES (%s, '', 'GBP', true)",
            [sku],
        )


def add_together(*skus: str, then: Exception | None = None) -> None:
    with in_one_trip():
        for sku in skus:
            add(sku)
        if then:
            raise then


def kept() -> list[str]:
    return list(Product.objects.order_by("sku").values_list("sku", flat=True))


def test_what_is_done_in_the_block_is_kept_and_hooks_run_after_it() -> None:
    seen: list[list[str]] = []
    with in_one_trip():
        add("JUG")
        transaction.on_commit(lambda: seen.append(kept()))
        add("MUG")
    assert (kept(), seen) == (["JUG", "MUG"], [["JUG", "MUG"]])


def test_a_result_can_be_read_in_between() -> None:
    with in_one_trip():
        add("JUG")
        assert kept() == ["JUG"]
        add("MUG")
    assert kept() == ["JUG", "MUG"]


def test_whoever_leaves_the_block_early_commits() -> None:
    for sku in ("JUG", "MUG", "POT"):
        with in_one_trip():
            add(sku)
            if sku == "MUG":
                break
    assert kept() == ["JUG", "MUG"]


def test_an_exception_leaves_nothing_and_a_good_connection() -> None:
    with pytest.raises(Interrupted):
        add_together("JUG", then=Interrupted())
    assert kept() == []
    add("MUG")
    assert kept() == ["MUG"]


def test_a_statement_that_fails_leaves_nothing_of_those_around_it() -> None:
    add("MUG")
    with pytest.raises(IntegrityError):
        add_together("JUG", "MUG", "POT")
    assert (kept(), connection.get_autocommit()) == (["MUG"], True)


def test_what_aborted_the_block_is_named_although_an_answer_behind_it_was_read_later() -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"), connection.wrap_database_errors:
        read_both_answers_at_the_end()


def read_both_answers_at_the_end() -> None:
    """Raise what the end of a pipeline does if both answers are still under way by then."""
    try:
        raise ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction")
    finally:
        raise InFailedSqlTransaction("current transaction is aborted")


def test_what_is_found_wrong_at_the_commit_leaves_nothing() -> None:
    stranger = Customer(id=uuid7(), name="nobody whom the database knows")
    with pytest.raises(IntegrityError), in_one_trip():
        Order(customer=stranger, amount=1, currency="GBP", placed_at="2026-01-01T00:00Z").save(
            force_insert=True
        )
    assert not Order.objects.exists()


def test_a_transaction_that_has_to_be_rolled_back_is() -> None:
    with in_one_trip():
        add("JUG")
        transaction.set_rollback(True)
    assert kept() == []


def test_inside_another_transaction_the_outer_one_decides() -> None:
    with transaction.atomic():
        add_together("JUG", "MUG")
        assert kept() == ["JUG", "MUG"]
        transaction.set_rollback(True)
    assert kept() == []


def test_inside_another_transaction_a_failure_undoes_the_block_alone() -> None:
    with transaction.atomic():
        add("MUG")
        with pytest.raises(IntegrityError):
            add_together("JUG", "MUG")
        add("POT")
    assert kept() == ["MUG", "POT"]


@pytest.mark.parametrize("outer", [None, transaction.atomic])
def test_the_server_ends_the_session_of_whoever_is_paused_in_the_block(
    outer: Callable[[], AbstractContextManager[None]] | None,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '50ms'")
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    with pytest.raises(DatabaseError):
        add_and_pause(session, outer or nullcontext)
    connection.close()
    assert kept() == []


def add_and_pause(session: int, outer: Callable[[], AbstractContextManager[None]]) -> None:
    """Go on in the block only when its session is no more."""
    with psycopg.connect(database_url(), autocommit=True) as watch, outer(), in_one_trip():
        add("JUG")
        alive = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
        wait_until(lambda: watch.execute(alive, [session]).fetchone() is None)
        add("MUG")
