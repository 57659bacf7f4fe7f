"""Deliver messages: claim lanes, hand their messages to subscribers, end the lanes."""
