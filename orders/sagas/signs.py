"""Signs of sagas: those that need attention, and those that operators suspended."""

from collections.abc import Iterator

from orders.sagas.models import ENDED, SagaInstance, SagaStatus
from outbox.kit.signs import Sign, Verdict, count_sign, list_address

_SHOWN = {
    SagaStatus.NEEDS_ATTENTION: ("Sagas that need attention", Verdict.ACT),
    SagaStatus.SUSPENDED: ("Suspended sagas", Verdict.WATCH),
}


def signs() -> Iterator[Sign]:
    """Yield the signs of sagas that do not go on by themselves."""
    # Excluding what has ended, in the words of the index, makes the planner use it.
    under_way = SagaInstance.objects.exclude(status__in=ENDED)
    for status, (title, bad) in _SHOWN.items():
        yield count_sign(
            title,
            under_way.filter(status=status),
            address=list_address("sagas_sagainstance", status__exact=status),
            needs="sagas.view_sagainstance",
            bad=bad,
        )
