"""Django's PostgreSQL, which tells a server that cannot just now from a statement that is wrong."""
