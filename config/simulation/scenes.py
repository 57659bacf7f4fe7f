"""The scenes of a simulation: what happens in it, and how money and goods stand then."""

from dataclasses import dataclass
from typing import Final

from inventory.models import LIVE, Reservation
from orders.models import Order
from orders.sagas.vocabulary.saga import Step, definitions
from outbox.kit.money import money
from outbox.kit.wording import goods
from outbox.messages import Command, Contract
from payments.commands import CallGateway
from payments.ledger import read_ledgers

COMPENSATION: Final = "compensation"


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of a simulation, and how things stand after it.

    :ivar at: seconds since the order was placed, as deadlines have passed.
    :ivar what: a command, an event, or what else happened.
    :ivar kind: ``command``, ``compensation``, ``event``, ``reply`` or ``time``.
    :ivar paid: what of the order's money is with us, or set aside for us.
    :ivar held: the goods that the order holds.
    """

    at: float
    what: str
    kind: str
    paid: str
    held: str


def scene_of(order: Order, at: float, what: str, kind: str) -> Scene:
    """Return a scene, with what the ledger and the reservations say now."""
    ledger = read_ledgers([order.id]).get(order.id)
    held = Reservation.objects.filter(order_id=order.id, status__in=LIVE).order_by("sku")
    return Scene(
        at=at,
        what=what,
        kind=kind,
        paid=money(ledger.left + ledger.set_aside if ledger else 0, order.currency),
        held=goods(held.values_list("sku", "quantity")) or "nothing",
    )


def kind_of(message: Contract) -> str:
    """Tell whether a message is a command, a compensation or an event."""
    if not isinstance(message, Command):
        return "event"
    steps = [step for saga in definitions.values() for step in saga.every_step]
    undone = {step.compensation for step in steps if isinstance(step, Step)}
    return COMPENSATION if type(message) in undone else "command"


def step_of(message: Contract) -> str:
    """Return the name of the step that sends a command; empty if none does."""
    steps = [step for saga in definitions.values() for step in saga.every_step]
    return next((step.name for step in steps if step.command is type(message)), "")


def title_of(message: Contract) -> str:
    """Return the name of a message, and the operation that a call of the gateway is for."""
    name = type(message).__name__
    return f"{name} ({message.operation})" if isinstance(message, CallGateway) else name
