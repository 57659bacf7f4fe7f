"""Everything that waits for a human, as one queue; each item comes from the table that has it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from config.models import Ownership
from orders.models import Order, RefundProposal
from outbox.kit.admin.links import address_of
from outbox.kit.money import money
from outbox.kit.signs import in_words, list_address
from outbox.models import Fault
from outbox.operations.faults import faults
from payments.models import ENDED, Dispute, Payment, Reconciliation, Webhook, WebhookStatus
from readmodels.models import DriftCheck

MOST_SHOWN: Final = 200
"""Of each kind, the oldest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingItem:
    """Something that waits for a human.

    :ivar kind: what it is, and ``key`` which one.
    :ivar why: what is wrong, or what is asked for.
    :ivar since: since when it waits, as far as its table says.
    :ivar amount: the money it is about, in words, if any; ``address`` is the page to act on.
    """

    kind: str
    key: str
    title: str
    why: str
    since: datetime
    address: str
    amount: str = ""
    owner: str = ""
    note: str = ""
    is_done: bool = False


def waiting_for(request: HttpRequest) -> list[WaitingItem]:
    """Return what waits and the user may see, the oldest first, with who looks after it."""
    found = [
        item
        for permission, items in KINDS.values()
        if request.user.has_perm(permission)
        for item in items()
    ]
    owned = {(each.kind, each.key): each for each in _owned()}
    return sorted((_with_owner(item, owned) for item in found), key=lambda item: item.since)


def waiting_item(request: HttpRequest, kind: str, key: str) -> WaitingItem | None:
    """Return one item, if it waits and the user may see it."""
    return {(each.kind, each.key): each for each in waiting_for(request)}.get((kind, key))


def _owned() -> Iterator[Ownership]:
    noted = [
        Ownership(kind="error", key=each.key, owner=each.owner, note=each.note)
        for each in Fault.objects.exclude(owner="", note="")
    ]
    yield from (*noted, *Ownership.objects.all())


def _with_owner(item: WaitingItem, owned: dict[tuple[str, str], Ownership]) -> WaitingItem:
    known = owned.get((item.kind, item.key))
    if known is None:
        return item
    is_done = known.done_at is not None and known.done_at >= item.since
    return replace(item, owner=known.owner, note=known.note, is_done=is_done)


def _orders() -> Iterator[WaitingItem]:
    flagged = Order.objects.filter(needs_attention=True).order_by("pk")
    for order in flagged[:MOST_SHOWN]:
        yield WaitingItem(
            kind="order",
            key=str(order.pk),
            title=f"Order {order}",
            why=order.attention_reason,
            since=order.placed_at,
            amount=money(order.amount, order.currency),
            address=reverse("timeline", args=[order.pk]),
        )


def _payments() -> Iterator[WaitingItem]:
    flagged = Payment.objects.filter(needs_attention=True).order_by("pk")
    for payment in flagged[:MOST_SHOWN]:
        yield WaitingItem(
            kind="payment",
            key=str(payment.pk),
            title=f"Payment of order {payment.order_id}",
            why=payment.attention_reason,
            since=payment.created_at,
            amount=money(payment.amount, payment.currency),
            address=address_of(payment),
        )


def _disputes() -> Iterator[WaitingItem]:
    disputes = Dispute.objects.exclude(stage__in=ENDED).select_related("payment").order_by("pk")
    for each in disputes[:MOST_SHOWN]:
        until = f", answer by {each.answer_by:%Y-%m-%d}" if each.answer_by else ""
        yield WaitingItem(
            kind="dispute",
            key=str(each.pk),
            title=f"Dispute {each.reference}",
            why=f"{each.get_stage_display()}{until}",
            since=each.reported_at,
            amount=money(each.amount, each.currency),
            address=address_of(each.payment),
        )


def _proposals() -> Iterator[WaitingItem]:
    proposals = RefundProposal.objects.filter(decided_at=None).select_related("order")
    for each in proposals.order_by("pk")[:MOST_SHOWN]:
        yield WaitingItem(
            kind="proposal",
            key=str(each.pk),
            title=f"Approve or refuse: {each}",
            why=f"{each.proposed_by}: {each.reason}",
            since=each.proposed_at,
            amount=money(each.amount, each.order.currency),
            address=address_of(each),
        )


def _webhooks() -> Iterator[WaitingItem]:
    unmatched = Webhook.objects.filter(status=WebhookStatus.UNMATCHED).order_by("pk")
    for each in unmatched[:MOST_SHOWN]:
        yield WaitingItem(
            kind="webhook",
            key=str(each.pk),
            title=f"Webhook {each.event_id}",
            why=f"{each.type} of {each.gateway} matches no payment of ours",
            since=each.received_at,
            address=address_of(each),
        )


def _reconciliations() -> Iterator[WaitingItem]:
    for each in Reconciliation.objects.order_by("gateway", "-id").distinct("gateway"):
        if each.differences:
            yield WaitingItem(
                kind="reconciliation",
                key=each.gateway,
                title=f"Reconciliation with {each.gateway}",
                why=f"{each.differences:,} of {each.entries:,} entries differ from our ledger",
                since=each.made_at,
                address=address_of(each),
            )


def _errors() -> Iterator[WaitingItem]:
    for each in faults():
        if each.key:
            yield WaitingItem(
                kind="error",
                key=each.key,
                title=f"{each.title}: {in_words(each.dead)} dead letters",
                why=each.example,
                since=each.first_seen,
                address=reverse("error", args=[each.key]),
            )


def _drift() -> Iterator[WaitingItem]:
    for each in DriftCheck.objects.filter(differed_last__gt=0):
        yield WaitingItem(
            kind="drift",
            key=each.name,
            title=f"Read model {each.name}",
            why=f"{each.differed_last:,} rows differ from the contexts' tables",
            since=each.differed_at or each.checked_at,
            address=list_address("readmodels_driftcheck"),
        )


KINDS: Final[dict[str, tuple[str, Callable[[], Iterator[WaitingItem]]]]] = {
    "order": ("orders.view_order", _orders),
    "payment": ("payments.view_payment", _payments),
    "dispute": ("payments.view_dispute", _disputes),
    "proposal": ("orders.view_refundproposal", _proposals),
    "webhook": ("payments.view_webhook", _webhooks),
    "reconciliation": ("payments.view_reconciliation", _reconciliations),
    "error": ("outbox.view_lane", _errors),
    "drift": ("readmodels.view_driftcheck", _drift),
}
"""By kind: the permission to see it, and what yields its items."""
