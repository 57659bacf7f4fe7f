"""Messaging: the transactional outbox, its relay and its lanes. It knows no business terms."""
