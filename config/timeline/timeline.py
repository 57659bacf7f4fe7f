"""Collect an order's timeline from all apps: what happened, and one sentence that says why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from uuid import UUID

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from config.timeline.causality import in_causal_order
from orders.models import Order
from outbox.kit.timeline import Subject, TimelineEntry
from outbox.models import Conversation, Message


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to an order.

    :ivar sentence: why it has its status.
    :ivar notes: what is not known any more.
    :ivar entries: in causal order.
    """

    order: Order
    sentence: str
    notes: list[str]
    entries: list[TimelineEntry]


def timeline(order_id: UUID) -> Timeline:
    """Return what happened to an order, in causal order, from the ``timeline.py`` of each app.

    :raises Order.DoesNotExist: there is no such order.
    """
    order = Order.objects.get(pk=order_id)
    messages = list(Message.objects.filter(correlation_id=order_id).order_by("sequence"))
    began_at = messages[0].recorded_at if messages else order.placed_at
    subject = Subject(order_id, messages, began_at.date())
    offers = list(_offers())
    entries = in_causal_order(each for offer in offers for each in offer.entries(subject))
    # What the order itself waits for comes last: apps that build on it are installed after it.
    standing = [
        clause
        for offer in reversed(offers)
        if hasattr(offer, "standing")
        for clause in offer.standing(subject)
    ]
    sentence = _sentence(order, [*(each.clause for each in entries), *standing])
    return Timeline(order, sentence, list(_removed(order_id)), entries)


def _offers() -> Iterator[ModuleType]:
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "timeline"):
            module = import_module(f"{app.name}.timeline")
            if hasattr(module, "entries"):
                yield module


def _sentence(order: Order, clauses: Iterable[str]) -> str:
    text = "; ".join(clause for clause in clauses if clause) or "nothing has happened yet"
    return f"Order {order}: {text}."


def _removed(order_id: UUID) -> Iterator[str]:
    """Say which messages retention has removed, if any."""
    conversation = Conversation.objects.filter(pk=order_id).first()
    if conversation and conversation.messages_removed:
        yield (
            f"Retention has removed the messages up to number {conversation.messages_removed}: what"
            " is left of that time is in the order of the clocks."
        )
