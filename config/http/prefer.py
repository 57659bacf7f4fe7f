"""``Prefer: wait=N`` on a write: the answer comes when the order has ended, if that is soon.

It waits when all is committed, outside of any transaction; whoever waits in vain gets the answer
that comes without the wish. What an ``Idempotency-Key`` keeps is the acceptance: a request that is
sent again waits again.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse

from orders.models import Order, OrderStatus
from outbox.kit.http.waiting import APPLIED, PREFER, seat, wait_until, wanted

STATUS_AFTER: Final = {"orders": 201, "cancel-order": 200}
"""Which routes can wait, and what they answer when the order has ended."""

ENDED: Final = (OrderStatus.CONFIRMED, OrderStatus.FULFILLED, OrderStatus.CANCELLED)


class Preferences:
    """Stands around ``IdempotencyKeys``, in whose transaction nothing may wait."""

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
    """Wait for the end of an order, and say how it ended if it did."""
    ended = Order.objects.filter(pk=order_id, status__in=ENDED)
    wait_until(ended.exists, seconds=seconds)
    return ended.values("status", "reason_code").first()
