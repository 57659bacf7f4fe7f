"""Sort entries by cause and effect, and by time where neither is known."""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from outbox.kit.timeline import TimelineEntry


def in_causal_order(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Sort entries so that each comes after what it follows from.

    Messages stand in the order in which they are given, that of their commits. Of the entries that
    may come next the earliest does: clocks of several machines may differ, causes do not.
    """
    unsorted = list(entries)
    follows = _follows(unsorted)
    waits_for = [0] * len(unsorted)
    for place in (each for places in follows for each in places):
        waits_for[place] += 1
    ready = [(unsorted[place].at, place) for place, waits in enumerate(waits_for) if not waits]
    heapify(ready)
    ordered = []
    while ready:
        _, place = heappop(ready)
        ordered.append(unsorted[place])
        for behind in follows[place]:
            waits_for[behind] -= 1
            if not waits_for[behind]:
                heappush(ready, (unsorted[behind].at, behind))
    return ordered


def _follows(unsorted: Sequence[TimelineEntry]) -> list[set[int]]:
    """Return for each entry the places of those that have to come after it."""
    place_of = {each.message: place for place, each in enumerate(unsorted) if each.message}
    messages = list(place_of.values())
    follows: list[set[int]] = [set() for _ in unsorted]
    for earlier, later in pairwise(messages):
        follows[earlier].add(later)
    for place, each in enumerate(unsorted):
        for cause in each.after:
            if cause in place_of:
                follows[place_of[cause]].add(place)
        follows[place] |= {place_of[effect] for effect in each.before if effect in place_of}
    return follows
