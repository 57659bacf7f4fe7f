"""The interface of payment gateways, its implementations, and what they share."""
