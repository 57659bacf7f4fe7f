"""Look up at the gateway the operations of a period that only our ledger has."""

from collections.abc import Iterator
from datetime import datetime

from payments.gateways.port import Gateway, Sought, Succeeded, Unknown
from payments.models import BEGINNINGS, ENDED, Dispute, OperationKind, Outcome, PaymentOperation
from payments.services.comparing import LedgerDifference, of_dispute

PAGE = 500


def of_open_disputes(
    gateway: str, until: datetime, reported: set[str]
) -> Iterator[LedgerDifference]:
    """Yield open disputes from before ``until`` that are not in ``reported``."""
    open_ones = Dispute.objects.filter(payment__gateway=gateway, reported_at__lt=until)
    rows = open_ones.exclude(stage__in=ENDED).select_related("payment").order_by("id")
    for row in rows.iterator(chunk_size=PAGE):
        verdict = of_dispute(row.said)
        if verdict and row.reference not in reported:
            order_id = str(row.payment.order_id)
            yield LedgerDifference("", "dispute", order_id, None, row.amount, *verdict)


def of_ledger(
    provider: Gateway, gateway: str, since: datetime, until: datetime, seen: set[int]
) -> Iterator[LedgerDifference]:
    """Yield operations of our ledger that a look-up at the gateway does not confirm."""
    for operation in _concluded(gateway, since, until, seen):
        found = provider.find(_sought(operation))
        if isinstance(found, Succeeded) and found.amount in {None, operation.amount}:
            continue
        yield LedgerDifference(
            operation.idempotency_key,
            operation.kind,
            str(operation.payment.order_id),
            operation.amount,
            found.amount if isinstance(found, Succeeded) else None,
            "our ledger says what the gateway did not do"
            if not isinstance(found, Unknown)
            else "the gateway does not say whether it did this",
            "ask the gateway with our key; correct the payment by hand",
        )


def _concluded(
    gateway: str, since: datetime, until: datetime, seen: set[int]
) -> Iterator[PaymentOperation]:
    """Yield the successes of a period that were not seen; in pages, so no cursor stays open."""
    ids = (
        PaymentOperation.objects.filter(
            payment__gateway=gateway,
            outcome=Outcome.SUCCEEDED,
            made_there=False,
            kind__in=set(OperationKind) - {OperationKind.RELEASE},
            outside=False,
            amount__gt=0,
            concluded_at__gte=since,
            concluded_at__lt=until,
        )
        .order_by("id")
        .values_list("id", flat=True)
    )
    last = 0
    while page := list(ids.filter(id__gt=last)[:PAGE]):
        unseen = [each for each in page if each not in seen]
        rows = PaymentOperation.objects.filter(id__in=unseen).select_related("payment")
        yield from rows.order_by("id")
        last = page[-1]


def _sought(operation: PaymentOperation) -> Sought:
    reference = ""
    if operation.kind not in BEGINNINGS:
        begun = operation.payment.operations.filter(
            kind__in=BEGINNINGS, outcome=Outcome.SUCCEEDED, outside=False
        ).first()
        reference = begun.gateway_reference if begun else ""
    return Sought(operation.kind, operation.idempotency_key, reference, operation.requested_at)
