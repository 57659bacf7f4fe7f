"""Admin pages of stock."""

from inventory.admin import stock

__all__ = ["stock"]
