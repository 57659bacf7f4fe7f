<<<<<<< HEAD
"""The interface of payment gateways, its implementations, and what they share."""
=======
"""The interface of a payment gateway, and the gateways that implement it."""
>>>>>>> main
