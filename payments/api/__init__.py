<<<<<<< HEAD
"""The API of payments: webhooks of gateways, and payments for staff."""
=======
"""The API of payments: gateways' webhooks, and what staff look up."""
>>>>>>> main
