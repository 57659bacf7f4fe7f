"""``Prefer: wait=N`` on a write: delay the answer until the order has ended, up to N seconds.

It ends early for an order that waits for its customer or for a bank, which takes longer.

The wait begins after the commit, outside any transaction. If the order has not ended in time, the
answer is the one without the header. An ``Idempotency-Key`` stores the acceptance: a request that
is sent again waits again.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from orders.models import Order, OrderStatus
from outbox.kit.http.waiting import APPLIED, PREFER, seat, wait_until, wanted

STATUS_AFTER: Final = {"orders": 201, "cancel-order": 200}
"""The routes that can wait, and their status once the order has ended."""

ENDED: Final = (OrderStatus.CONFIRMED, OrderStatus.FULFILLED, OrderStatus.CANCELLED)


class Preferences:
    """Middleware outside ``IdempotencyKeys``, in whose transaction nothing may wait."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        route = request.resolver_match.url_name if request.resolver_match else None
        seconds = wanted(request.headers.get(PREFER, ""))
        if not seconds or response.status_code != 202 or route not in STATUS_AFTER:
            return response
        accepted: dict[str, Any] = msgspec.json.decode(response.content)
        with seat() as taken:
            ended = _end_of(UUID(accepted["id"]), seconds) if taken else None
        if ended:
            response.status_code = STATUS_AFTER[route]
            response.content = msgspec.json.encode({**accepted, **ended})
            response[APPLIED] = f"wait={seconds}"
        return response


def _end_of(order_id: UUID, seconds: int) -> Mapping[str, Any] | None:
    """Wait for the end of an order; return how it ended, if it did."""
    order = Order.objects.filter(pk=order_id)
    ended = order.filter(status__in=ENDED)
    settled = order.filter(Q(status__in=ENDED) | Q(payment_until__isnull=False))
    wait_until(settled.exists, seconds=seconds)
    return ended.values("status", "reason_code").first()
