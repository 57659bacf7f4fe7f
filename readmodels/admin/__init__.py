"""Admin pages of read models."""

from readmodels.admin import orders, totals

__all__ = ["orders", "totals"]
