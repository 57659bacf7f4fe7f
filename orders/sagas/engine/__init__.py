"""The saga engine: what a saga decides on each message, and how it is loaded and saved."""
