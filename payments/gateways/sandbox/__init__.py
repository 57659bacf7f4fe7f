"""The sandbox gateway, for development and tests."""

from payments.gateways.sandbox.gateway import connect

__all__ = ["connect"]
