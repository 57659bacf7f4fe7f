"""A run whose figures must not be believed."""


class InvalidRun(Exception):
    """Something did not happen as it had to; the message says what, and figures are not shown."""
