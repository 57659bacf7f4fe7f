"""Count the sagas that have not ended, for ``/metrics``."""

from collections.abc import Iterator

from django.db.models import Count

from orders.sagas.models import ENDED, SagaInstance
from outbox.kit.figures import Figure, Labels


def figures() -> Iterator[Figure]:
    """Yield how many sagas of each definition have each status."""
    rows = SagaInstance.objects.exclude(status__in=ENDED).order_by()
    counts = rows.values_list("definition", "status").annotate(number=Count("pk"))
    values: dict[Labels, float] = {
        (definition, status): number for definition, status, number in counts
    }
    yield Figure("sagas_open", "Sagas that have not ended", values, labels=("saga", "status"))
