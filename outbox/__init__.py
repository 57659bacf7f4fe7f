"""Messaging: the transactional outbox, its relay and its lanes, without business terms."""
