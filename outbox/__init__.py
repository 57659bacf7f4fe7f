"""Messaging: the transactional outbox, its relay and its deliveries. Knows no business word."""
