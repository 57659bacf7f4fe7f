<<<<<<< HEAD
"""Hand refunds, which need orders for the limit and payments for the ledger."""
=======
"""Refunds made outside the gateway: orders checks the limit, payments keeps the ledger."""
>>>>>>> main
