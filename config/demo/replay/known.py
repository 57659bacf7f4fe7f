"""Check that references which were entered before have the same content in the files."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from config.demo.replay.books import Books, Return, Sale, WriteOff
from config.demo.replay.columns import InputRefused
from inventory.models import StockMovement
from orders.models import Order, OrderLine, OrderReturn

AT_ONCE = 1_000
"""References per query."""

T = TypeVar("T", Sale, Return, WriteOff)


def require_the_same(books: Books) -> None:
    """Refuse files with other content under a reference than was entered before.

    A known reference is skipped, so such content would be lost: for example the second half of an
    invoice that is split over two files.

    :raises InputRefused: some content differs.
    """
    differing = chain(
        _differing(books.sales, _ordered),
        _differing(books.returns, _returned),
        _differing(books.write_offs, _lost),
    )
    first = list(islice(differing, 3))
    if first:
        raise InputRefused(
            f"{', '.join(first)}: entered before, from other rows: bring all rows of it together"
            " in one file, or take it out"
        )


def _differing(entries: Sequence[T], known_of: Any) -> Iterator[str]:
    """Yield the references whose content differs."""
    for start in range(0, len(entries), AT_ONCE):
        some = entries[start : start + AT_ONCE]
        known = known_of([each.reference for each in some])
        yield from (
            each.reference
            for each in some
            if each.reference in known and known[each.reference] not in _contents_of(each)
        )


def _contents_of(entry: Sale | Return | WriteOff) -> list[Counter[Any]]:
    """Return the possible stored contents of an entry; its buyer may have been erased since."""
    if isinstance(entry, Sale):
        lines = [(line.sku, line.quantity, line.unit_price, line.discount) for line in entry.lines]
        return [Counter([entry.buyer, *lines]), Counter([None, *lines])]
    if isinstance(entry, Return):
        units: Counter[Any] = Counter()
        for (sku, _), count in entry.units.items():
            units[sku] += count
        return [units]
    return [Counter({entry.sku: entry.units})]


def _ordered(references: Sequence[str]) -> Mapping[str, Counter[Any]]:
    content: dict[str, Counter[Any]] = defaultdict(Counter)
    orders = Order.objects.filter(reference__in=references)
    buyers: Iterable[Any] = orders.values_list("reference", "customer__reference")
    rows: Iterable[Any] = OrderLine.objects.filter(order__reference__in=references).values_list(
        "order__reference", "sku", "quantity", "unit_price", "discount"
    )
    for reference, buyer in buyers:
        content[reference][buyer] += 1
    for reference, *line in rows:
        content[reference][tuple(line)] += 1
    return content


def _returned(references: Sequence[str]) -> Mapping[str, Counter[Any]]:
    content: dict[str, Counter[Any]] = {}
    for each in OrderReturn.objects.filter(reference__in=references):
        units = content[each.reference or ""] = Counter()
        for line in each.lines or ():
            units[line["sku"]] += line["quantity"]
    return content


def _lost(references: Sequence[str]) -> Mapping[str, Counter[Any]]:
    rows: Iterable[Any] = StockMovement.objects.filter(reference__in=references).values_list(
        "reference", "sku", "on_hand_change"
    )
    return {reference: Counter({sku: -change}) for reference, sku, change in rows}
