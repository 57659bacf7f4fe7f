"""The API for operators: what is owed, dead letters, and endpoints of webhooks."""
