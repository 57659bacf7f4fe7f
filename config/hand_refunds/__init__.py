"""Refunds that a human made outside of the gateway: orders has the limit, payments the ledger."""
