"""Admin pages of sagas, a module per subject; all of them are imported here."""

from orders.sagas.admin import sagas

__all__ = ["sagas"]
