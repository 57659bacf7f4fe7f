"""The sagas, one per file."""
