"""A run whose figures must not be believed, and a baseline that cannot be had."""


class InvalidRun(Exception):
    """Something did not happen as it had to; the message says what, and figures are not shown."""


class NotInstalled(Exception):
    """What a baseline needs cannot be had; the message says why."""
