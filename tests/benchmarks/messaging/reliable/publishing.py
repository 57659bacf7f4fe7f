"""How django-reliable-outbox publishes, one key per message."""

from reliable_outbox import publish


def counted(number: int) -> None:
    publish("counted", {"number": number}, key=str(number))
