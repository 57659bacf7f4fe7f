"""The admin's page of an order's timeline."""

from collections.abc import Iterable, Iterator
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
from outbox.kit.admin.links import page, rows, side_by_side
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
        found = timeline(order_id)
    except Order.DoesNotExist as error:
        raise Http404("there is no such order") from error
    shown = [entry for entry in found.entries if _may_look_at(request, entry.table)]
    left_out = [LEFT_OUT] if len(shown) < len(found.entries) else []
    return TemplateResponse(
        request,
        "admin/timeline.html",
        {
            **admin.site.each_context(request),
            "title": f"Timeline of order {found.order}",
            "sentence": found.sentence,
            "notes": [*found.notes, *left_out],
            "elsewhere": _elsewhere(found.order),
            "pictures": [
                (picture.title, SafeString(as_svg(picture)))  # nosec B703
                for picture in pictures_of_order(found.order)
            ],
            "table": {
                "headers": ["Time", "", "What", "Detail"],
                "rows": list(_rows(found.order, shown)),
            },
        },
    )


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
    """Yield a row per entry; the first one of a day shows the date."""
    day = None
    for entry in entries:
        form = "%H:%M:%S.%f" if entry.at.date() == day else "%Y-%m-%d %H:%M:%S.%f"
        day = entry.at.date()
        badge = display_for_label(entry.source, "", COLOURS)
        yield [entry.at.strftime(form)[:-3], badge, _linked(order, entry), entry.detail]


def _linked(order: Order, entry: TimelineEntry) -> SafeString:
    if entry.key is not None:
        return page(entry.table, entry.key, entry.what)
    return rows(entry.table, entry.what, q=order.id)
