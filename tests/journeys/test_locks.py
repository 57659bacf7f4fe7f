"""Whoever acts on an order takes its conversation first, so that nobody deadlocks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from django.db import connection, connections, transaction
from django.utils import timezone

from orders.sagas.engine.engine import sweep
from orders.sagas.models import SagaInstance, SagaStep
from orders.services import request_cancellation
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.threads import wait_for_a_lock


def closing(act: Callable[[], object]) -> Callable[[], None]:
    """Let a thread of a test close the connection it has opened."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    return run


def lock(query: str, key: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, [key])


CONVERSATION = "SELECT FROM outbox_conversation WHERE id = %s FOR UPDATE"


def test_a_cancellation_waits_for_the_conversation_without_holding_the_order(shop: Shop) -> None:
    order = shop.order()
    settle()

    def cancel() -> None:
        request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock(CONVERSATION, order.id)
        wait_for_a_lock(pool.submit(closing(cancel)))
        lock("SELECT FROM orders_order WHERE id = %s FOR UPDATE NOWAIT", order.id)


def test_the_sweeper_holds_no_saga_while_it_waits_for_a_conversation(shop: Shop) -> None:
    order = shop.order()
    settle_all_but("gateway")
    past = timezone.now() - timedelta(seconds=1)
    SagaStep.objects.update(deadline_at=past)
    SagaInstance.objects.update(next_action_at=past)
    saga = SagaInstance.objects.get()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock(CONVERSATION, order.id)
        wait_for_a_lock(pool.submit(closing(sweep)))
        lock("SELECT FROM sagas_sagainstance WHERE id = %s FOR UPDATE NOWAIT", saga.id)
