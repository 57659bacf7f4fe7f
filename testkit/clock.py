"""Let time pass: deadlines, holds, claims and waits are rows, so their times are set back."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db.models import F
from django.utils import timezone

from inventory.models import Reservation
from inventory.services import expire_holds
from orders.sagas.engine.engine import sweep
from orders.sagas.models import SagaInstance, SagaStep
from orders.sagas.operators import verbs
from outbox.models import Claim, Lane, ScheduledMessage
from payments.models import PaymentOperation
from testkit.delivering import settle

_DUE = (
    (SagaStep, "deadline_at"),
    (SagaInstance, "next_action_at"),
    (Lane, "due_at"),
    (Claim, "ends_at"),
    (ScheduledMessage, "due_at"),
    (Reservation, "expires_at"),
    (PaymentOperation, "postponed_until"),
)
"""The columns that say until when something waits."""


def let_pass(span: timedelta) -> None:
    """Let this time pass for everything that waits, do what has come due, and settle."""
    for model, column in _DUE:
        waiting = model._default_manager.filter(**{f"{column}__isnull": False})  # noqa: SLF001 - Django's documented Model._meta API
        waiting.update(**{column: F(column) - span})
    for scheduled in ScheduledMessage.objects.filter(payload__has_key="until"):
        until = msgspec.convert(scheduled.payload["until"], datetime)
        scheduled.payload["until"] = msgspec.to_builtins(until - span)
        scheduled.save()
    sweep()
    expire_holds()
    settle()


def let_claims_end() -> None:
    """Age claims beyond their lease, as if their process had vanished."""
    Claim.objects.update(ends_at=timezone.now() - timedelta(seconds=1))


def let_deadlines_pass(order_id: UUID, *, steps: tuple[str, ...] = ()) -> None:
    """Age an order's waiting steps (or those named) beyond their deadline, and sweep."""
    past = timezone.now() - timedelta(seconds=30)
    late = SagaStep.objects.filter(saga__correlation_id=order_id, deadline_at__isnull=False)
    if steps:
        late = late.filter(name__in=steps)
    late.update(deadline_at=past)
    SagaInstance.objects.filter(steps__in=late).update(next_action_at=past)
    sweep()


def let_payment_wait_pass(order_id: UUID, *, minutes: int) -> None:
    """Let this time pass for a payment that the customer or the bank has yet to settle."""
    span = timedelta(minutes=minutes)
    operations = PaymentOperation.objects.filter(payment__order_id=order_id)
    for operation in operations.filter(postponed_until__isnull=False):
        assert operation.postponed_until is not None
        operation.postponed_until = operation.postponed_until - span
        operation.save()
        for scheduled in ScheduledMessage.objects.filter(correlation_id=order_id):
            scheduled.payload["until"] = msgspec.to_builtins(operation.postponed_until)
            scheduled.due_at -= span
            scheduled.save()


def age_holds(order_id: UUID) -> None:
    """Let what an order holds be older than holds may become."""
    Reservation.objects.filter(order_id=order_id).update(
        expires_at=timezone.now() - timedelta(minutes=1)
    )


def let_hold_run_out(order_id: UUID) -> None:
    """Suspend an order's saga until what the order holds has expired, and resume it."""
    saga_id = SagaInstance.objects.get(correlation_id=order_id, definition="reserve_first").id
    verbs.suspend(saga_id=saga_id, by=None, reason="an example")
    settle()
    age_holds(order_id)
    expire_holds()
    verbs.resume(saga_id=saga_id, by=None, reason="an example")
    settle()
