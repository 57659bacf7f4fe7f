"""Say on the page of an order which acts are possible now, what each would do, and why not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from orders.letters.again import LetterRefused, letters_sent
from orders.models import (
    LEGAL_MOVES,
    STANDING,
    IllegalMove,
    Order,
    OrderStatus,
    RefundProposal,
    ShipmentStatus,
)
from orders.sagas.engine.pinning import UnknownDefinition
from orders.sagas.engine.state import WAITING
from orders.sagas.models import ENDED, SagaInstance
from orders.sagas.operators.acting import Verb
from orders.sagas.operators.interventions import Refused
from orders.sagas.operators.verbs import VERBS
from orders.services import ReturnRefused, ShipmentRefused
from orders.services.cancelling import require_nothing_sent
from orders.services.locks import require_no_dispatch, require_no_return
from orders.services.returnable import awaits_goods, units_to_return
from outbox.kit.admin.links import address_of
from outbox.kit.money import money
from outbox.kit.wording import goods
from outbox.models import Lane

MAY_CHANGE: Final = "orders.change_order"

REFUSALS: Final = (
    *(Refused, ReturnRefused, ShipmentRefused, LetterRefused),
    *(IllegalMove, UnknownDefinition, PermissionDenied),
)


@dataclass(frozen=True, slots=True)
class PossibleAct:
    """An act on an order: the page that confirms it, and what it would do or why it cannot.

    :ivar address: the page; empty if there is none.
    :ivar preview: what it would do, if it is possible.
    :ivar refusal: why it is not possible; empty if it is.
    """

    label: str
    address: str
    preview: str = ""
    refusal: str = ""


Look = Callable[[Order], str]
"""Returns what an act would do, or raises why it cannot be done."""


def possible_acts(order: Order, user: AbstractUser) -> list[PossibleAct]:
    """Return the acts that a user may do, those that are possible now first."""
    acts = [*_on_orders(order, user), *_on_proposals(order, user), *_on_sagas(order, user)]
    if user.has_perm("outbox.redrive_lane"):
        address = f"{reverse('admin:outbox_deadletter_changelist')}?q={order.pk}"
        acts.append(_act("Redrive its dead letters", address, partial(_redrive, order)))
    return sorted(acts, key=lambda act: bool(act.refusal))


def _act(label: str, address: str, look: Callable[[], str]) -> PossibleAct:
    try:
        return PossibleAct(label, address, preview=look())
    except REFUSALS as refusal:
        return PossibleAct(label, address, refusal=str(refusal))


def _on_orders(order: Order, user: AbstractUser) -> Iterator[PossibleAct]:
    for label, name, permission, look in _OF_ORDERS:
        if user.has_perm(permission):
            yield _act(label, reverse(name, args=[order.pk]), partial(look, order))


def _on_proposals(order: Order, user: AbstractUser) -> Iterator[PossibleAct]:
    if user.has_perm("orders.approve_refund"):
        for each in RefundProposal.objects.filter(order=order, decided_at=None):
            asked = f"{money(each.amount, order.currency)}, proposed by {each.proposed_by}"
            yield PossibleAct("Approve or refuse", address_of(each), preview=asked)


def _on_sagas(order: Order, user: AbstractUser) -> Iterator[PossibleAct]:
    allowed = [verb for verb in VERBS.values() if user.has_perm(verb.permission)]
    if not allowed:
        return
    sagas = SagaInstance.objects.filter(correlation_id=order.pk)
    saga = sagas.exclude(status__in=ENDED).order_by("pk").last()
    for verb in allowed:
        label = f"{verb.name.capitalize()} its saga"
        if saga is None:
            yield PossibleAct(label, "", refusal="no saga of it is open")
        else:
            address = reverse(f"admin:sagas_sagainstance_{verb.name}", args=[saga.pk])
            yield _act(label, address, partial(_on_saga, verb, saga, user))


def _on_saga(verb: Verb, saga: SagaInstance, user: AbstractUser) -> str:
    """Ask a verb what it would do; of the steps, to the first that waits."""
    waiting = saga.steps.filter(status__in=WAITING).values_list("name", flat=True)
    step = (waiting.first() or "") if verb.asks == "step" else ""
    found = verb(saga_id=saga.pk, by=user, reason="", step=step, dry_run=True)
    sends = f"sends {', '.join(found.sends)}" if found.sends else "sends nothing"
    return f"the saga is {found.after} then; {sends}"


def _redrive(order: Order) -> str:
    dead = Lane.objects.filter(correlation_id=order.pk, stopped=True)
    names = sorted(dead.values_list("subscriber", flat=True))
    if not names:
        raise Refused("it has none")
    return f"each is tried again, by {', '.join(names)}"


def _cancel(order: Order) -> str:
    if OrderStatus.CANCELLING not in LEGAL_MOVES[order.status]:
        raise IllegalMove(f"it is {order.status}")
    require_nothing_sent(order)
    require_no_return(order)
    return f"what was taken of {_left(order)} goes back, and its goods become free"


def _take_back(order: Order) -> str:
    _require_standing(order)
    if not awaits_goods(order):
        _require_at_rest(order)
    lines = list(order.lines.order_by("number"))
    left = units_to_return(order, lines)
    units = [(line.sku, most) for line in lines if (most := left[line.number]) > 0]
    if not units:
        raise ReturnRefused("no unit of it can come back")
    return f"at most {goods(units)}"


def _refund(order: Order) -> str:
    if order.amount == order.returned_amount:
        raise ReturnRefused("all of it went back")
    _require_standing(order)
    _require_at_rest(order)
    return f"at most {_left(order)}; the customer keeps the goods"


def _require_standing(order: Order) -> None:
    if order.status not in STANDING:
        raise ReturnRefused(f"it is {order.status}")


def _require_at_rest(order: Order) -> None:
    require_no_return(order, ReturnRefused)
    require_no_dispatch(order, ReturnRefused)


def _send(order: Order) -> str:
    if order.status != OrderStatus.CONFIRMED:
        raise ShipmentRefused(f"it is {order.status}")
    require_no_return(order, ShipmentRefused)
    require_no_dispatch(order, ShipmentRefused)
    if order.shipments.filter(status=ShipmentStatus.PACKED).exists():
        return "what is packed leaves, and the customer gets a mail"
    units = [(line.sku, line.left_to_pack) for line in order.lines.order_by("number")]
    if not any(number for _, number in units):
        raise ShipmentRefused("nothing of it is left to send")
    left = goods((sku, number) for sku, number in units if number)
    return f"{left} leave, and the customer gets a mail"


def _letter(order: Order) -> str:
    letters = [mail.subject for _, mail in letters_sent(order).values()]
    return f"one of {len(letters)}, such as “{letters[-1]}”"


def _left(order: Order) -> str:
    return money(order.amount - order.returned_amount, order.currency)


_OF_ORDERS: Final[tuple[tuple[str, str, str, Look], ...]] = (
    ("Send", "admin:orders_order_send", "orders.ship_order", _send),
    ("Cancel", "admin:orders_order_cancel", MAY_CHANGE, _cancel),
    ("Take back", "admin:orders_order_take_back", MAY_CHANGE, _take_back),
    ("Refund", "admin:orders_order_refund", "orders.propose_refund", _refund),
    (
        "Refunded by hand",
        "hand-refund",
        "payments.enter_hand_refund",
        lambda _: "records what was paid outside of the gateway; pays nothing",
    ),
    ("Send a letter again", "admin:orders_order_letter_again", MAY_CHANGE, _letter),
)
"""Label, name of the page, permission, and what says what it would do."""
