"""Admin pages of read models, a module per subject; all of them are imported here."""

from readmodels.admin import orders, totals

__all__ = ["orders", "totals"]
