<<<<<<< HEAD
"""Payments, their ledger, and the payment gateways."""
=======
"""Payments, their ledger, and the gateways that move the money."""
>>>>>>> main
