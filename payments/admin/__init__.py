"""Admin pages of payments."""

from payments.admin import payments

__all__ = ["payments"]
