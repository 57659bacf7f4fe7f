"""Find what is stored about a person, and which tables contain a text, in every table."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.apps import apps
from django.db import connections
from django.db.models import ForeignKey, Model, Q

from orders.models import Customer

SECRET: Final = {"password", "digest"}
"""Columns that an export leaves out."""

_TABLES: Final = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name
"""
_BYTES: Final = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s AND data_type = 'bytea'
"""


def kept_of(customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """Return every row about a customer, their account or one of their orders, by model."""
    orders = list(customer.orders.values_list("pk", flat=True))
    keys: dict[str, list[Any]] = {
        "customer_id": [customer.pk],
        "order_id": orders,
        "correlation_id": orders,
        "user_id": [customer.user_id] if customer.user_id else [],
    }
    kept = {}
    for model in apps.get_models():
        about = _about(model, keys) | _itself(model, customer)
        rows = model._default_manager.filter(about) if about else ()  # noqa: SLF001 - Django's documented Model API
        if found := [_shown(row) for row in rows]:
            kept[model._meta.label] = found  # noqa: SLF001 - likewise
    return kept


def _about(model: type[Model], keys: Mapping[str, list[Any]]) -> Q:
    """Return a filter for rows that refer to one of the keys, directly or through one relation."""
    about = Q()
    for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's documented Model._meta API
        if field.attname in keys:
            about |= Q((f"{field.attname}__in", keys[field.attname]))
        elif isinstance(field, ForeignKey):
            for named in field.related_model._meta.concrete_fields:  # noqa: SLF001 - likewise
                if named.attname in keys and field.related_model is not model:
                    about |= Q((f"{field.name}__{named.attname}__in", keys[named.attname]))
    return about


def _itself(model: type[Model], customer: Customer) -> Q:
    itself = {
        "orders.Customer": Q(pk=customer.pk),
        "auth.User": Q(pk=customer.user_id),
        "outbox.OperatorAct": Q(subject=f"customer {customer.pk}"),
    }
    return itself.get(model._meta.label, Q())  # noqa: SLF001 - Django's documented Model._meta API


def _shown(row: Model) -> dict[str, Any]:
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields  # noqa: SLF001 - Django's documented Model._meta API
        if field.attname not in SECRET
    }
    return {
        name: bytes(value).decode(errors="replace") if isinstance(value, memoryview) else value
        for name, value in values.items()
    }


def tables_with(text: str) -> Iterator[tuple[str, int]]:
    """Yield the tables of all databases that contain a text, and in how many rows."""
    for database in connections:
        with connections[database].cursor() as cursor:
            cursor.execute(_TABLES)
            for (table,) in cursor.fetchall():
                cursor.execute(_BYTES, [table])
                columns = [column for (column,) in cursor.fetchall()]
                if rows := _count(cursor, table, columns, text):
                    yield table, rows


def _count(cursor: Any, table: str, columns: list[str], text: str) -> int:
    """Count the rows; ``columns`` hold bytes, which a cast to text would show as hexadecimal."""
    inside = " OR ".join(
        ["position(lower(%(text)s) IN lower(t::text)) > 0"]
        + [f'position(convert_to(%(text)s, $$UTF8$$) IN t."{column}") > 0' for column in columns]
    )
    cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE {inside}', {"text": text})  # noqa: S608 - our own names  # nosec B608
    (rows,) = cursor.fetchone()
    return int(rows)
