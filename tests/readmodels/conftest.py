"""What tests of read models leave behind beside the live tables."""

from collections.abc import Iterator

import pytest
from django.db import connections

from readmodels.projections.orders import order_summary
from readmodels.rebuild import shadow
from tests.shop import Shop


@pytest.fixture(autouse=True)
def _no_tables_of_other_tests(shop: Shop) -> Iterator[None]:  # noqa: ARG001 - the tables
    yield
    with connections[order_summary.database].cursor() as cursor:
        for schema in (shadow.NEXT, shadow.PREVIOUS):
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
