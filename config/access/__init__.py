"""Accounts, roles, permissions, API tokens, second factors and sessions."""
