"""The log of messages: append to it, read it, and schedule what is due later."""
