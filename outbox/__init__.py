"""Messaging: the transactional outbox, its relay and its lanes. Knows no business word."""
