"""Hold our ledger against a gateway's own book, line by line, and say what to do about differences.

Both clocks matter at the edges of a period, so no line is judged by its time alone: what the book
has is sought in the whole ledger, and what only the ledger has is asked of the gateway once more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from payments.gateways.port import (
    Entry,
    Gateway,
    KeepsBook,
    Sought,
    Succeeded,
    Unknown,
    gateway_named,
)
from payments.models import BEGINNINGS, OPEN, Outcome, Payment, PaymentOperation, Reconciliation

PAGE = 500


class KeepsNoBook(Exception):
    """A gateway has no book that could be read: compare with the report that its provider gives."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A line on which the ledger and the gateway do not agree. Amounts are minor units.

    :ivar ours: what the ledger says was moved; ``None`` if it has no such line.
    :ivar theirs: what the gateway says; ``None`` if it did nothing.
    :ivar act: what to do about it.
    """

    key: str
    kind: str
    order_id: str
    ours: int | None
    theirs: int | None
    what: str
    act: str


def reconcile(*, gateway: str, since: datetime, until: datetime, flag: bool) -> list[Difference]:
    """Compare everything from ``since`` until before ``until``, and keep that it was done.

    :param flag: have a human look after the payments that differ.
    :raises UnknownGateway: there is no gateway of this name.
    :raises KeepsNoBook: it has no book.
    :raises GatewaySilent: its book cannot be read to the end now.
    """
    provider = gateway_named(gateway)
    if not isinstance(provider, KeepsBook):
        raise KeepsNoBook(f"{gateway} keeps no book that can be read")
    seen: set[int] = set()
    differences: list[Difference] = []
    count = 0
    book = provider.entries(since, until)
    while page := list(islice(book, PAGE)):
        count += len(page)
        differences += _of_book(gateway, page, seen)
    differences += _of_ledger(provider, gateway, since, until, seen)
    with transaction.atomic():
        if flag:
            _flag(differences)
        Reconciliation.objects.create(
            gateway=gateway, since=since, until=until, entries=count, differences=len(differences)
        )
    return differences


def _of_book(gateway: str, page: Sequence[Entry], seen: set[int]) -> Iterator[Difference]:
    """Yield what the gateway did and our ledger does not say."""
    operations = PaymentOperation.objects.filter(payment__gateway=gateway).select_related("payment")
    by_key = {
        operation.idempotency_key: operation
        for operation in operations.filter(idempotency_key__in=[entry.key for entry in page])
    }
    # Where the gateway knows no key (a capture at Stripe) the order and the kind find the line.
    orders = [order_id for entry in page if not entry.key and (order_id := _uuid(entry.order_id))]
    by_place = {
        (str(operation.payment.order_id), operation.kind): operation
        for operation in operations.filter(payment__order_id__in=orders).order_by("sequence")
    }
    for entry in page:
        place = (entry.order_id, entry.kind)
        operation = by_key.get(entry.key) if entry.key else by_place.get(place)
        if operation is not None:
            seen.add(operation.id)
        if verdict := _verdict(entry, operation):
            ours = operation.amount if operation else None
            yield Difference(entry.key, entry.kind, entry.order_id, ours, entry.amount, *verdict)


def _verdict(entry: Entry, operation: PaymentOperation | None) -> tuple[str, str] | None:
    if operation is None:
        return (
            "the gateway did what nobody here asked for",
            "find out there who did; give a charge back there",
        )
    if operation.outcome in OPEN:
        return (
            "the gateway did it, and its answer has not arrived here",
            "redrive its delivery: it is looked up and concluded",
        )
    if operation.outcome == Outcome.DECLINED:
        return (
            "the gateway did what our ledger calls declined",
            "undo it at the gateway by hand",
        )
    if (entry.amount, entry.currency) != (operation.amount, operation.payment.currency):
        return (
            "another amount or currency was moved than our ledger says",
            "ask the gateway; give the difference back or write it off",
        )
    return None


def _of_ledger(
    provider: Gateway, gateway: str, since: datetime, until: datetime, seen: set[int]
) -> Iterator[Difference]:
    """Yield what our ledger says and the gateway, asked for each of them, did not do."""
    concluded = (
        PaymentOperation.objects.filter(
            payment__gateway=gateway,
            outcome=Outcome.SUCCEEDED,
            outside=False,
            amount__gt=0,
            concluded_at__gte=since,
            concluded_at__lt=until,
        )
        .exclude(id__in=seen)
        .select_related("payment")
    )
    for operation in concluded.iterator(chunk_size=PAGE):
        found = provider.find(_sought(operation))
        if isinstance(found, Succeeded) and found.amount in {None, operation.amount}:
            continue
        yield Difference(
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


def _sought(operation: PaymentOperation) -> Sought:
    reference = ""
    if operation.kind not in BEGINNINGS:
        begun = operation.payment.operations.filter(
            kind__in=BEGINNINGS, outcome=Outcome.SUCCEEDED, outside=False
        ).first()
        reference = begun.gateway_reference if begun else ""
    return Sought(operation.kind, operation.idempotency_key, reference, operation.requested_at)


def _flag(differences: Sequence[Difference]) -> None:
    for difference in differences:
        order_id = _uuid(difference.order_id)
        if order_id is not None:
            Payment.objects.filter(order_id=order_id, needs_attention=False).update(
                needs_attention=True,
                attention_reason=f"{difference.kind}: {difference.what}"[:200],
            )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
