"""Payments, their ledger, and the gateways that move the money."""
