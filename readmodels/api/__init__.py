"""The query API: each answer is read from one read model."""
