"""The API of payments: webhooks of gateways, and payments for staff."""
