"""Nothing ends at PostgreSQL's 65,535 parameters, however many ids a question names."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.demo.replay.settling import orders_that_need_attention, wait_for_ends
from config.demo.replay.summary import Summary, summarise
from orders.models import Customer, Order

pytestmark = pytest.mark.django_db

MANY = 70_000
ROWS = 20_000
"""So many that their values are more than the parameters of a statement. PostgreSQL looks at each
of them once more when it is deleted, which takes long where the machine is busy."""


@pytest.fixture(scope="module")
def nobodys() -> list[UUID]:
    return [uuid4() for _ in range(MANY)]


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.create(name="Ada", reference="ada")


def test_a_question_about_many_ids_has_one_parameter(nobodys: list[UUID]) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert not Order.objects.filter(pk__in=nobodys).exists()
    assert " = ANY(" in asked[0]["sql"]


@pytest.mark.parametrize("kind", [list, set, tuple, lambda ids: dict.fromkeys(ids).keys()])
def test_it_may_be_asked_with_any_collection(
    nobodys: list[UUID], customer: Customer, kind: Any
) -> None:
    assert Customer.objects.filter(pk__in=kind([*nobodys, customer.pk])).get() == customer


def test_it_is_answered_as_that_about_a_few(nobodys: list[UUID], customer: Customer) -> None:
    ids = [*nobodys, customer.pk]
    assert not Customer.objects.exclude(pk__in=ids).exists()
    assert Order.objects.filter(customer__in=ids).count() == 0
    assert list(Customer.objects.in_bulk(ids)) == [customer.pk]
    references = [None, customer.reference, *map(str, nobodys)]
    assert Customer.objects.filter(reference__in=references).get() == customer
    assert Customer.objects.filter(pk__in=ids).delete()[0] == 1


def test_many_rows_are_made_found_and_removed(nobodys: list[UUID]) -> None:
    made = Customer.objects.bulk_create([Customer(pk=key, name="Ada") for key in nobodys[:ROWS]])
    assert ROWS * len(Customer._meta.concrete_fields) > MANY  # noqa: SLF001 - Django's documented Model._meta API
    assert len(Customer.objects.filter(pk__in=nobodys)) == len(made) == ROWS
    assert Customer.objects.filter(pk__in=nobodys).update(country="France") == ROWS
    assert Customer.objects.filter(pk__in=nobodys).delete()[0] == ROWS


def test_a_year_of_orders_is_waited_for_and_summed_up(nobodys: list[UUID]) -> None:
    shown: list[int] = []
    wait_for_ends(nobodys, shown.append)
    assert shown == [MANY]
    assert orders_that_need_attention(nobodys) == set()
    summary: Summary = summarise(
        [nobodys],
        currency="GBP",
        placed_now=0,
        returns=0,
        written_off=0,
        skipped=Counter(),
        seconds=1.0,
    )
    assert (summary.placed, summary.confirmed) == (MANY, 0)
