"""An order whose saga has not ended is not over."""

from collections.abc import Collection
from uuid import UUID

from orders.sagas.models import ENDED, SagaInstance
from outbox.retention import keeps


@keeps
def with_an_open_saga(orders: Collection[UUID]) -> set[UUID]:
    """Name those of these orders that a saga still works on, or that wait for a human."""
    sagas = SagaInstance.objects.filter(correlation_id__in=orders).exclude(status__in=ENDED)
    return set(sagas.values_list("correlation_id", flat=True))
