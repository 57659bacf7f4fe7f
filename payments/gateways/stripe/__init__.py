"""The Stripe gateway."""

from payments.gateways.stripe.gateway import connect

__all__ = ["connect"]
