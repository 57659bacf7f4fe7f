"""Chosen events, told to the endpoints of others as signed webhooks."""
