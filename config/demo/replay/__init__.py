"""Replay real orders from files: check them completely, then place them with the services."""
