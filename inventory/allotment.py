"""Allot available units to orders: one order after the other, all its lines or none."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Sum

from inventory.events import MissingLine
from inventory.holds import at_their_cap
from inventory.models import Reservation, ReservationStatus, StockItem
from inventory.stock import expire_due, lock_items, move_reserved


def allot(wanted_of: Mapping[UUID, Mapping[str, int]]) -> dict[UUID, tuple[MissingLine, ...]]:
    """Reserve available units for each order in turn, all its lines or none.

    Units that other orders wait for do not count as available. If units are missing, expired holds
    are ended first.

    :returns: the missing lines of each order; empty if it got its units.
    """
    skus = [sku for wanted in wanted_of.values() for sku in wanted]
    stock = lock_items(skus)
    missing_of, taken = _share_out(wanted_of, _unclaimed(stock))
    while (short := _short(missing_of, stock)) and expire_due(skus=short):
        stock = lock_items(skus)
        missing_of, taken = _share_out(wanted_of, _unclaimed(stock))
    move_reserved(taken)
    return missing_of


def _unclaimed(stock: Mapping[str, StockItem]) -> dict[str, int]:
    """Return the units of locked items that no order holds or waits for.

    Orders of customers at the cap of unpaid holds do not count as waiting: their goods are sold to
    others meanwhile.
    """
    waiting = Reservation.objects.filter(status=ReservationStatus.WAITING, sku__in=list(stock))
    rows = list(waiting.values_list("sku", "customer_id").annotate(units=Sum("quantity")))
    barred = at_their_cap(customer for _, customer, _ in rows if customer) if rows else set()
    awaited: Counter[str] = Counter()
    for sku, customer, units in rows:
        awaited[sku] += 0 if customer in barred else units
    return {sku: max(0, item.available - awaited[sku]) for sku, item in stock.items()}


def _share_out(
    wanted_of: Mapping[UUID, Mapping[str, int]], there: Mapping[str, int]
) -> tuple[dict[UUID, tuple[MissingLine, ...]], Counter[str]]:
    """Return what each order lacks, and the units of orders that lack nothing; nothing is saved."""
    taken: Counter[str] = Counter()
    missing_of = {}
    for order, wanted in wanted_of.items():
        missing_of[order] = _missing(wanted, there, taken)
        if not missing_of[order]:
            taken.update(wanted)
    return missing_of, taken


def _short(
    missing_of: Mapping[UUID, Iterable[MissingLine]], stock: Mapping[str, StockItem]
) -> set[str]:
    """Return the SKUs that an order lacks while another one holds units of them."""
    missing = {line.sku for lines in missing_of.values() for line in lines}
    return {sku for sku in missing if sku in stock and stock[sku].reserved}


def _missing(
    wanted: Mapping[str, int], there: Mapping[str, int], taken: Mapping[str, int]
) -> tuple[MissingLine, ...]:
    available = {sku: there.get(sku, 0) - taken.get(sku, 0) for sku in wanted}
    return tuple(
        MissingLine(sku, quantity, available[sku])
        for sku, quantity in wanted.items()
        if available[sku] < quantity
    )
