"""Admin pages of read models."""

from readmodels.admin import orders, rebuilds, totals, upkeep

__all__ = ["orders", "rebuilds", "totals", "upkeep"]
