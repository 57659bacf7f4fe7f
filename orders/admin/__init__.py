"""Admin pages of orders, a module per subject; all of them are imported here."""

from orders.admin import orders

__all__ = ["orders"]
