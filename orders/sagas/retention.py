"""Keep the messages of orders whose saga has not ended."""

from collections.abc import Collection
from uuid import UUID

from orders.sagas.models import ENDED, SagaInstance
from outbox.retention import keeps


@keeps
def with_an_open_saga(orders: Collection[UUID]) -> set[UUID]:
    """Return those of these orders that have a saga that has not ended."""
    sagas = SagaInstance.objects.filter(correlation_id__in=orders).exclude(status__in=ENDED)
    return set(sagas.values_list("correlation_id", flat=True))
