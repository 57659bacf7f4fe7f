"""The API of payments: gateways' webhooks, and what staff look up."""
