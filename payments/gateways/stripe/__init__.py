"""The gateway for Stripe."""

from payments.gateways.stripe.gateway import connect

__all__ = ["connect"]
