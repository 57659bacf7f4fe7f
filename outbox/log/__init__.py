"""The log of messages: append to it, read it, and hold back what is due later."""
