"""Admin pages of stock, a module per subject; all of them are imported here."""

from inventory.admin import stock

__all__ = ["stock"]
