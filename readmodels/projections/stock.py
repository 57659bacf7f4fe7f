"""Units of each SKU on hand, and reserved for orders."""

from collections.abc import Iterator

from inventory.events import StockMoved
from readmodels.models import StockBooking, StockLevel
from readmodels.totals import Totals

stock_levels = Totals("stock_levels", StockBooking, StockLevel)


@stock_levels.on(StockMoved)
def moved(booking: StockBooking, event: StockMoved) -> None:
    booking.moves = [[move.sku, move.on_hand, move.reserved] for move in event.moves]


@stock_levels.counts
def counted(booking: StockBooking) -> Iterator[StockLevel]:
    """Count a booking's units, and the booking: an item without units keeps its row."""
    for sku, on_hand, reserved in booking.moves:
        yield StockLevel(sku=sku, on_hand=on_hand, reserved=reserved, bookings=1)
