"""Compare our ledger with a gateway's own book, entry by entry, and update it from the book.

The two clocks may differ at the edges of a period, so nothing is judged by its time alone: entries
of the book are matched with the whole ledger, and operations that only the ledger has are looked up
at the gateway. An open call is no difference.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.conversations import flow_of
from outbox.kit import alarms
from outbox.kit.rows import bulk
from outbox.wiring import publishes
from payments.commands import HeedWebhook
from payments.gateways.port import BookEntry, KeepsBook, Notice, gateway_named
from payments.ledger import read_ledgers
from payments.models import Payment, Reconciliation, gateway_of_new_payments
from payments.services.asking import of_ledger, of_open_disputes
from payments.services.comparing import LedgerDifference, compare, news_of
from payments.services.matching import order_in, orders_of_payments
from payments.webhooks import keep

PAGE = 500


class KeepsNoBook(Exception):
    """A gateway offers no book: compare with its provider's own report."""


def gateways_to_reconcile() -> list[str]:
    """Return the names of the gateway of new payments, then of those of earlier ones."""
    earlier = Payment.objects.order_by("gateway").values_list("gateway", flat=True).distinct()
    new = gateway_of_new_payments()
    return [new, *(each for each in earlier if each != new)]


@publishes(AlertOperators, HeedWebhook)
def reconcile(
    *, gateway: str, since: datetime, until: datetime, flag: bool
) -> list[LedgerDifference]:
    """Compare everything from ``since`` until before ``until``, and record the comparison.

    :param flag: update the ledger from the book, and flag the payments that differ.
    :raises UnknownGateway: there is no gateway of this name.
    :raises KeepsNoBook: it offers no book.
    :raises GatewaySilent: its book cannot be read completely now.
    """
    provider = gateway_named(gateway)
    if not isinstance(provider, KeepsBook):
        raise KeepsNoBook(f"{gateway} offers no book that can be read")
    seen: set[int] = set()
    differences: list[LedgerDifference] = []
    news: list[BookEntry] = []
    count = 0
    book = provider.entries(since, until)
    while page := list(islice(book, PAGE)):
        count += len(page)
        for entry, difference in _of_book(gateway, page, seen):
            differences.append(difference)
            news.append(entry)
    disputed = {each.reference for each in news if each.dispute}
    differences += of_open_disputes(gateway, until, disputed)
    differences += of_ledger(provider, gateway, since, until, seen)
    with transaction.atomic():
        if flag:
            _follow(gateway, news)
            _flag(differences)
            _alert(gateway, differences)
        Reconciliation.objects.create(
            gateway=gateway, since=since, until=until, entries=count, differences=len(differences)
        )
    return differences


def _of_book(
    gateway: str, page: Sequence[BookEntry], seen: set[int]
) -> Iterator[tuple[BookEntry, LedgerDifference]]:
    """Yield the entries that differ from the ledger."""
    now = timezone.now()
    named = [order_in(entry.order_id, entry.key) for entry in page]
    abouts = [entry.about for entry, order_id in zip(page, named, strict=True) if not order_id]
    by_payment = orders_of_payments(gateway, abouts)
    orders = [
        order_id or by_payment.get(entry.about) for entry, order_id in zip(page, named, strict=True)
    ]
    ledgers = {
        order_id: ledger
        for order_id, ledger in read_ledgers({each for each in orders if each}).items()
        if ledger.payment.gateway == gateway
    }
    flows = {each: flow_of(each) for each in orders if each and each not in ledgers}
    for entry, order_id in zip(page, orders, strict=True):
        ledger = ledgers.get(order_id) if order_id else None
        line, verdict = compare(entry, ledger, flows, now)
        if line is not None:
            seen.add(line.id)
        if verdict:
            ours = line.amount if line else None
            theirs = None if entry.failed else entry.amount
            whose = str(order_id or entry.order_id)
            yield entry, LedgerDifference(entry.key, entry.kind, whose, ours, theirs, *verdict)


def _follow(gateway: str, entries: Sequence[BookEntry]) -> None:
    """Update the ledger from entries, as if the gateway had reported them by webhook."""
    for entry in entries:
        stage = entry.dispute.stage if entry.dispute else entry.failed and "failed"
        notice = Notice(
            event_id=f"book {entry.kind} {entry.reference} {stage}".rstrip(),
            type=f"book.{entry.kind}",
            kind=entry.kind,
            key=entry.key,
            order_id=entry.order_id,
            result=None if entry.dispute else news_of(entry).result,
            happened_at=entry.made_at,
            about=entry.about,
            dispute=entry.dispute,
        )
        keep(gateway, notice)


def _flag(differences: Sequence[LedgerDifference]) -> None:
    reasons = {
        order_id: f"{each.kind}: {each.what}"
        for each in reversed(differences)
        if (order_id := order_in(each.order_id))
    }
    order_ids = list(reasons)
    for start in range(0, len(order_ids), PAGE):
        page = order_ids[start : start + PAGE]
        unflagged = Payment.objects.select_for_update().filter(
            order_id__in=page, needs_attention=False
        )
        rows = list(unflagged.order_by("order_id"))
        for row in rows:
            row.needs_attention, row.attention_reason = True, reasons[row.order_id][:200]
        bulk.update(rows, ["needs_attention", "attention_reason"])


def _alert(gateway: str, differences: Sequence[LedgerDifference]) -> None:
    """Alert operators of new differences, except disputes, which have their own alerts."""
    kind = f"reconciliation with {gateway}"
    named = {
        f"{each.key or each.order_id} {each.kind}: {each.what}": each
        for each in differences
        if each.kind != "dispute"
    }
    alarms.end_others(kind, named)
    if new := alarms.news(kind, dict.fromkeys(named, 1)):
        first = named[new[0]]
        alert_operators(
            subject=f"Ledger and {gateway} differ",
            text=f"{len(new)} lines, the first of them {first.kind} of order"
            f" {first.order_id}: {first.what}; manage.py reconcile --dry-run lists them",
            conversation=uuid7(),
        )
