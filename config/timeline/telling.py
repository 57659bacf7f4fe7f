"""Bring the sources together: all that happened to an order, and one sentence that says why."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from config.timeline import gateway, lanes, messages, operators, orders, sagas, stock
from config.timeline.causality import in_causal_order
from config.timeline.entry import TimelineEntry
from config.timeline.subject import Subject
from orders.models import Order

SOURCES = (orders, messages, sagas, gateway, stock, lanes, operators)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to an order.

    :ivar sentence: why it is where it is.
    :ivar notes: what cannot be told any more.
    :ivar entries: in causal order.
    """

    order: Order
    sentence: str
    notes: list[str]
    entries: list[TimelineEntry]


def timeline(order_id: UUID) -> Timeline:
    """Tell what happened to an order, in causal order, from the tables of all contexts.

    :raises Order.DoesNotExist: there is no such order.
    """
    subject = Subject(Order.objects.get(pk=order_id))
    told = in_causal_order(entry for source in SOURCES for entry in source.entries(subject))
    clauses = [entry.says for entry in told]
    sentence = _sentence([*clauses, *sagas.standing(subject), *orders.standing(subject)])
    return Timeline(subject.order, sentence, messages.removed(subject), told)


def _sentence(clauses: Iterable[str]) -> str:
    told = "; ".join(clause for clause in clauses if clause) or "nothing has happened yet"
    return f"{told[0].upper()}{told[1:]}."
