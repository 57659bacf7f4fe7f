"""What the page of an order says first: why it is where it is, and what can be done now.

Orders, payments and inventory do not know each other, so it is put together here.
"""

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest

from config.timeline.page import MAY_SEE, pictures_for, shown_timeline
from inventory.models import Reservation
from orders.admin.possible import possible_acts
from orders.models import Order
from outbox.kit.admin.links import moment, page
from outbox.kit.money import money
from payments.ledger import Ledger
from payments.models import Payment


def overview(request: HttpRequest, order: Order) -> dict[str, Any]:
    """Return what the page shows to those who may see it, for its template."""
    user: Any = request.user
    shown: dict[str, Any] = {"order": order, "acts": possible_acts(order, user)}
    if user.has_perms(MAY_SEE):
        shown |= shown_timeline(request, order.pk)
        shown["facts"] = {"Money": _money(order), "Goods": _goods(order)}
    if user.has_perm("payments.view_payment"):
        shown["payments"] = _operations(order)
    if user.has_perm("sagas.view_sagainstance"):
        shown["pictures"] = pictures_for(order)
    return shown


def _money(order: Order) -> str:
    """Sum up the ledger of an order's payment."""
    payment = Payment.objects.filter(order_id=order.pk).first()
    if payment is None:
        return "nothing was asked for yet"
    ledger = Ledger(payment, list(payment.operations.all()))
    taken, given = ledger.captured, ledger.refunded
    parts = {"captured": taken, "refunded": given, "left with us": taken - given}
    return ", ".join(f"{money(sum_, payment.currency)} {name}" for name, sum_ in parts.items())


def _goods(order: Order) -> str:
    """Sum up the reservations of an order."""
    sums = (
        Reservation.objects.filter(order_id=order.pk, quantity__gt=0)
        .values_list("status")
        .annotate(units=Sum("quantity"))
        .order_by("status")
    )
    return ", ".join(f"{units:,} {status}" for status, units in sums) or "none reserved"


def _operations(order: Order) -> dict[str, Any]:
    """Return the ledger as a table."""
    payments = Payment.objects.filter(order_id=order.pk).prefetch_related("operations")
    return {
        "headers": ["Payment", "Amount", "Outcome", "Asked for", "Concluded", "Gateway's name"],
        "rows": [
            [
                page("payments_payment", payment.pk, each.get_kind_display()),
                money(each.amount, payment.currency),
                f"{each.get_outcome_display()} {each.decline_code}".strip(),
                moment(each.requested_at),
                moment(each.concluded_at) if each.concluded_at else "",
                each.gateway_reference,
            ]
            for payment in payments
            for each in payment.operations.all()
        ],
    }
