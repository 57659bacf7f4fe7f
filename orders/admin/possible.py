"""Say on the page of an order which acts are possible now, and why the others are not."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from orders.models import LEGAL_MOVES, STANDING, IllegalMove, Order, OrderStatus
from orders.sagas.engine.pinning import UnknownDefinition
from orders.sagas.engine.state import WAITING
from orders.sagas.models import ENDED, SagaInstance
from orders.sagas.operators.acting import Verb
from orders.sagas.operators.interventions import Refused
from orders.sagas.operators.verbs import VERBS
from orders.services import ReturnRefused
from orders.services.cancelling import require_nothing_sent
from orders.services.locks import require_no_dispatch, require_no_return
from outbox.kit.admin.links import link
from outbox.models import Lane

MAY_CHANGE: Final = "orders.change_order"

WhyNot = Callable[[Order], str]


def possible_acts(order: Order, user: AbstractUser) -> SafeString:
    """Return the acts that a user may do, as HTML: links, or reasons why not."""
    lines = (
        (link(address, label) if not refusal else label, f": {refusal}" if refusal else "")
        for label, address, refusal in _acts(order, user)
    )
    listed = format_html_join("", "<li>{}{}</li>", lines)
    return format_html('<ul class="console-possible">{}</ul>', listed)


def _acts(order: Order, user: AbstractUser) -> Iterator[tuple[str, str, str]]:
    """Yield the label of each act, its page, and why it is not possible now, if it is not."""
    for label, name, permission, why_not in _OF_ORDERS:
        if user.has_perm(permission):
            yield label, reverse(name, args=[order.pk]), why_not(order)
    yield from _on_sagas(order, user)
    if user.has_perm("outbox.redrive_lane"):
        dead = Lane.objects.filter(correlation_id=order.pk, stopped=True).exists()
        address = f"{reverse('admin:outbox_deadletter_changelist')}?q={order.pk}"
        yield "Redrive its dead letters", address, "" if dead else "it has none"


def _on_sagas(order: Order, user: AbstractUser) -> Iterator[tuple[str, str, str]]:
    allowed = [verb for verb in VERBS.values() if user.has_perm(verb.permission)]
    if not allowed:
        return
    sagas = SagaInstance.objects.filter(correlation_id=order.pk)
    saga = sagas.exclude(status__in=ENDED).order_by("pk").last()
    for verb in allowed:
        label = f"{verb.name.capitalize()} its saga"
        if saga is None:
            yield label, "", "no saga of it is open"
        else:
            address = reverse(f"admin:sagas_sagainstance_{verb.name}", args=[saga.pk])
            yield label, address, _refusal(partial(_try, verb, saga, user))


def _try(verb: Verb, saga: SagaInstance, user: AbstractUser) -> None:
    """Ask a verb what it would do; of the steps, to the first that waits."""
    waiting = saga.steps.filter(status__in=WAITING).values_list("name", flat=True)
    step = (waiting.first() or "") if verb.asks == "step" else ""
    verb(saga_id=saga.pk, by=user, reason="", step=step, dry_run=True)


def _refusal(*checks: Callable[[], None]) -> str:
    """Return what the first check that refuses says."""
    try:
        for check in checks:
            check()
    except (Refused, ReturnRefused, IllegalMove, UnknownDefinition, PermissionDenied) as refusal:
        return str(refusal)
    return ""


def _not_cancelled(order: Order) -> str:
    if OrderStatus.CANCELLING not in LEGAL_MOVES[order.status]:
        return f"it is {order.status}"
    return _refusal(partial(require_nothing_sent, order), partial(require_no_return, order))


def _not_returned(order: Order) -> str:
    if order.status not in STANDING:
        return f"it is {order.status}"
    return _refusal(
        partial(require_no_return, order, ReturnRefused),
        partial(require_no_dispatch, order, ReturnRefused),
    )


def _not_refunded(order: Order) -> str:
    if order.amount == order.returned_amount:
        return "all of it went back"
    return _not_returned(order)


_OF_ORDERS: Final[tuple[tuple[str, str, str, WhyNot], ...]] = (
    ("Cancel", "admin:orders_order_cancel", MAY_CHANGE, _not_cancelled),
    ("Take back", "admin:orders_order_take_back", MAY_CHANGE, _not_returned),
    ("Refund", "admin:orders_order_refund", "orders.propose_refund", _not_refunded),
    ("Refunded by hand", "hand-refund", "payments.enter_hand_refund", lambda _: ""),
)
"""Label, name of the page, permission, and what says why not."""
