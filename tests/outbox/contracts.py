"""Messages for tests of messaging."""

from outbox.messages import Event, Payload, upcasts


class Rang(Event, frozen=True):
    """A bell rang."""

    number: int = 0


class Shouted(Event, frozen=True):
    """Received in loud flows only."""

    number: int = 0


class Moved(Event, frozen=True):
    """A customer moved. Version 2 added the city, version 3 split the street."""

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
