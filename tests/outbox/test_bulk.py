"""Rows sent as one JSON document are stored unchanged."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from orders.models import Customer, Order, Product
from orders.sagas.models import SagaInstance
from outbox.kit.rows import bulk

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)


def saga(order: UUID, **fields: object) -> SagaInstance:
    return SagaInstance(
        definition="charge_first",
        version=1,
        correlation_id=order,
        started_by=uuid7(),
        started_at=MOMENT,
        **{"received": {}, **fields},
    )


def test_inserted_rows_are_read_back_unchanged() -> None:
    received = {"lines": [{"sku": 'a"b\\c', "name": "Grüße 🎁"}], "amount": 2**53 + 1, "none": None}
    row = saga(uuid7(), received=received, attention_reason="it's 'quoted'; -- and not SQL")
    bulk.insert([row])
    stored = SagaInstance.objects.get(pk=row.pk)
    for field in SagaInstance._meta.concrete_fields:  # noqa: SLF001 - Django's documented API
        assert getattr(stored, field.attname) == getattr(row, field.attname), field.attname


def test_rows_that_refer_to_each_other_are_inserted_with_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    customer = Customer(name="Ada")
    orders = [
        Order(customer=customer, amount=amount, currency="GBP", placed_at=MOMENT, payment_method="")
        for amount in (1, 2)
    ]
    with django_assert_num_queries(1):
        bulk.write(bulk.insertion(orders), bulk.insertion([]), bulk.insertion([customer]))
    connection.check_constraints()
    stored = Order.objects.order_by("amount").values_list("id", "customer__name")
    assert list(stored) == [(order.id, "Ada") for order in orders]


def test_an_update_touches_the_named_fields_of_the_given_rows_only() -> None:
    changed, other = saga(uuid7()), saga(uuid7())
    bulk.insert([changed, other])
    changed.attention_reason, changed.version = "look", 9
    bulk.update([changed], ["attention_reason"])
    rows = SagaInstance.objects.order_by("id").values_list("attention_reason", "version")
    assert list(rows) == [("look", 1), ("", 1)]


def test_an_upsert_inserts_what_is_new_and_overwrites_what_is_not() -> None:
    Product.objects.create(sku="MUG", name="A mug", currency="GBP")
    bulk.upsert(Product(sku=sku, name=sku.title(), currency="EUR") for sku in ("JUG", "MUG"))
    assert set(Product.objects.values_list("sku", "name", "currency")) == {
        ("JUG", "Jug", "EUR"),
        ("MUG", "Mug", "EUR"),
    }


def test_an_inserted_row_can_be_saved_again() -> None:
    customer = Customer(name="Ada")
    bulk.insert([customer])
    customer.name = "Ada Lovelace"
    customer.save()
    assert Customer.objects.get().name == "Ada Lovelace"


def test_no_rows_are_no_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's fixture
        bulk.insert([])
        bulk.update([], ["status"])
        bulk.upsert([])
