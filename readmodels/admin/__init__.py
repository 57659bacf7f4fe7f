"""Admin pages of read models."""

from readmodels.admin import orders, totals, upkeep

__all__ = ["orders", "totals", "upkeep"]
