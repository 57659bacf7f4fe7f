"""Admin pages of inventory, a module per subject; all of them are imported here."""

from inventory.admin import movements, reservations, stock

__all__ = ["movements", "reservations", "stock"]
