"""Messages without a meaning, for tests of messaging."""

from outbox.messages import Event, Payload, upcasts


class Rang(Event, frozen=True):
    """Somebody rang."""

    number: int = 0


class Shouted(Event, frozen=True):
    """Somebody shouted; heard in loud flows only."""

    number: int = 0


class Moved(Event, frozen=True):
    """Somebody moved house. Version 2 named the city, version 3 took the street apart."""

    version = 3

    city: str
    street: str
    number: int
    floor: int = 0


@upcasts(Moved, version=1)
def name_the_city(payload: Payload) -> Payload:
    return {**payload, "city": "London"}


@upcasts(Moved, version=2)
def take_the_street_apart(payload: Payload) -> Payload:
    street, _, number = payload["street"].rpartition(" ")
    return {**payload, "street": street, "number": int(number)}
