<<<<<<< HEAD
"""The Stripe gateway."""
=======
"""The gateway for Stripe."""
>>>>>>> main

from payments.gateways.stripe.gateway import connect

__all__ = ["connect"]
