"""The ways to coordinate an order; each is recorded on the orders that take it."""

from typing import Final

from orders.events import CHOREOGRAPHED

CHARGE_FIRST: Final = "charge_first"
RESERVE_FIRST: Final = "reserve_first"

FLOWS: Final = frozenset({CHARGE_FIRST, RESERVE_FIRST, CHOREOGRAPHED})
