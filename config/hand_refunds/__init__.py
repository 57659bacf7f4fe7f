"""Refunds made outside the gateway: orders checks the limit, payments keeps the ledger."""
