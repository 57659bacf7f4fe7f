"""The API of payments: what gateways tell us, and what staff look up."""
