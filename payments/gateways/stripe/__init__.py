"""Stripe, behind the port."""

from payments.gateways.stripe.gateway import connect

__all__ = ["connect"]
