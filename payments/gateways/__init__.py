"""The interface of a payment gateway, and the gateways that implement it."""
