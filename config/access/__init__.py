"""Who may come in: accounts, roles, tokens, second factors and sessions."""
