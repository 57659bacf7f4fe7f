"""Operators' verbs on sagas, and versions in flight."""
