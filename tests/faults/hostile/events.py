"""A message that says what shall befall the worker that handles it."""

from outbox.messages import Event


class Befell(Event, frozen=True):
    """Something happened to a worker: ``exit``, ``stop`` or nothing."""

    what: str = ""
