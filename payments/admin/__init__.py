"""Admin pages of payments, a module per subject; all of them are imported here."""

from payments.admin import payments

__all__ = ["payments"]
