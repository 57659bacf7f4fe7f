"""Delivery: claim lanes, hand their messages to subscribers, end the lanes; and the relay."""
