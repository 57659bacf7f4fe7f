"""The flows: ways to coordinate an order. Each order records its own."""

from typing import Final

from orders.events import CHOREOGRAPHED

CHARGE_FIRST: Final = "charge_first"
RESERVE_FIRST: Final = "reserve_first"

FLOWS: Final = frozenset({CHARGE_FIRST, RESERVE_FIRST, CHOREOGRAPHED})
