"""The order in which entries are told: by what led to what, and by time where nothing says."""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from config.timeline.entry import TimelineEntry


def in_causal_order(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Sort entries so that each stands behind what it follows from.

    Messages stand in the order in which they are given, that of their commits. Of the entries that
    may come next the earliest does: clocks of several machines may differ, causes do not.
    """
    told = list(entries)
    follows = _follows(told)
    waits_for = [0] * len(told)
    for place in (each for places in follows for each in places):
        waits_for[place] += 1
    ready = [(told[place].at, place) for place, waits in enumerate(waits_for) if not waits]
    heapify(ready)
    ordered = []
    while ready:
        _, place = heappop(ready)
        ordered.append(told[place])
        for behind in follows[place]:
            waits_for[behind] -= 1
            if not waits_for[behind]:
                heappush(ready, (told[behind].at, behind))
    return ordered


def _follows(told: Sequence[TimelineEntry]) -> list[set[int]]:
    """Return for each entry the places of those that have to stand behind it."""
    place_of = {each.message: place for place, each in enumerate(told) if each.message}
    messages = list(place_of.values())
    follows: list[set[int]] = [set() for _ in told]
    for earlier, later in pairwise(messages):
        follows[earlier].add(later)
    for place, each in enumerate(told):
        for cause in each.after:
            if cause in place_of:
                follows[place_of[cause]].add(place)
        follows[place] |= {place_of[effect] for effect in each.before if effect in place_of}
    return follows
