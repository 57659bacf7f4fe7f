"""Payments, their ledger, and the payment gateways."""
