"""The ways to coordinate an order; each is recorded on the orders that take it."""

from typing import Final

CHARGE_FIRST: Final = "charge_first"

FLOWS: Final = frozenset({CHARGE_FIRST})
