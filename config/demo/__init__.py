"""The one-command demo: a stack of servers, and the orders of a real shop."""
