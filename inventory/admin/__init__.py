"""Admin pages of stock."""

from inventory.admin import movements, reservations, stock

__all__ = ["movements", "reservations", "stock"]
