"""The query API: each view reads one read model."""
