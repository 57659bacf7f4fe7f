"""The admin's page of an order's timeline."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.utils import display_for_label

from config.flows.progress import pictures_of_order
from config.flows.svg import as_svg
from config.timeline.timeline import timeline
from orders.models import Order
from outbox.kit.admin.links import moment, page, rows, side_by_side
from outbox.kit.timeline import TimelineEntry

MAY_SEE = ("orders.view_order", "payments.view_payment", "inventory.view_stockmovement")
"""What the sentence is about; lines about other tables need the permission to view those."""

LEFT_OUT = "Lines about what you may not look at are left out."

COLOURS = {
    "order": "primary",
    "saga": "info",
    "gateway": "success",
    "stock": "success",
    "delivery": "warning",
    "operator": "danger",
}


def timeline_page(request: HttpRequest, order_id: UUID) -> TemplateResponse:
    """Explain an order's status in a sentence, then list all that happened to it."""
    if not request.user.has_perms(MAY_SEE):
        raise PermissionDenied
    try:
        shown = shown_timeline(request, order_id)
    except Order.DoesNotExist as error:
        raise Http404("there is no such order") from error
    order = shown["order"]
    return TemplateResponse(
        request,
        "admin/timeline.html",
        {
            **admin.site.each_context(request),
            **shown,
            "title": f"Timeline of order {order}",
            "elsewhere": _elsewhere(order),
            "pictures": pictures_for(order),
        },
    )


def shown_timeline(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """Return an order's sentence, notes and table, without what the user may not look at.

    :raises Order.DoesNotExist: there is no such order.
    """
    found = timeline(order_id)
    shown = [entry for entry in found.entries if _may_look_at(request, entry.table)]
    left_out = [LEFT_OUT] if len(shown) < len(found.entries) else []
    return {
        "order": found.order,
        "sentence": found.sentence,
        "notes": [*found.notes, *left_out],
        "table": {
            "headers": ["Time", "About", "What", "Detail"],
            "rows": list(_rows(found.order, shown)),
        },
    }


def pictures_for(order: Order) -> list[tuple[str, SafeString]]:
    """Return the title and the drawing of each of an order's flows, coloured by its progress."""
    return [
        (picture.title, SafeString(as_svg(picture)))  # nosec B703
        for picture in pictures_of_order(order)
    ]


def _elsewhere(order: Order) -> SafeString:
    return side_by_side(
        (
            page("orders_order", order.id, "Order"),
            rows("sagas_sagainstance", "Saga", q=order.id),
            rows("payments_payment", "Payment", q=order.id),
            rows("readmodels_ordersummary", "What the API shows", q=order.id),
        )
    )


def _may_look_at(request: HttpRequest, table: str) -> bool:
    app, _, model = table.partition("_")
    return request.user.has_perm(f"{app}.view_{model}")


def _rows(order: Order, entries: Iterable[TimelineEntry]) -> Iterator[list[object]]:
    """Yield a row per entry."""
    for entry in entries:
        badge = display_for_label(entry.source, "", COLOURS)
        yield [moment(entry.at, precise=True), badge, _linked(order, entry), entry.detail]


def _linked(order: Order, entry: TimelineEntry) -> SafeString:
    if entry.key is not None:
        return page(entry.table, entry.key, entry.what)
    return rows(entry.table, entry.what, q=order.id)
