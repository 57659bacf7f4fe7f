"""Bookings: stock movements that are recorded and announced together."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import starmap

from uuid_utils.compat import uuid7

from inventory.events import MovedUnits, StockMoved
from inventory.models import StockMovement
from outbox.kit.rows import bulk
from outbox.publishing import publish
from outbox.wiring import publishes


@publishes(StockMoved)
def book(movements: Iterable[StockMovement]) -> None:
    """Record movements, and announce what they change in total."""
    booked = list(movements)
    if not booked:
        return
    conversation = uuid7()
    for each in booked:
        each.conversation = conversation
    bulk.insert(booked)
    publish(moved(booked), conversation=conversation)


def moved(movements: Iterable[StockMovement]) -> StockMoved:
    """Return what a booking changes, by SKU."""
    on_hand: dict[str, int] = defaultdict(int)
    reserved: dict[str, int] = defaultdict(int)
    for each in movements:
        on_hand[each.sku] += each.on_hand_change
        reserved[each.sku] += each.reserved_change
    units = ((sku, on_hand[sku], reserved[sku]) for sku in sorted(on_hand))
    return StockMoved(moves=tuple(starmap(MovedUnits, units)))
