"""Admin pages of sagas."""

from orders.sagas.admin import sagas

__all__ = ["sagas"]
