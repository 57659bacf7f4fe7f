"""Mark authorizations without an answer as unknown, so that their goods stay held."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from outbox import conversations
from outbox.kit.clock import database_now
from outbox.kit.rows import bulk
from outbox.wiring import publishes
from payments.events import PaymentUnknown
from payments.ledger import lock_ledgers
from payments.models import OperationKind, Outcome, PaymentOperation
from payments.services.announcements import announce_unknown

ANSWERED_WITHIN = timedelta(minutes=2)
"""How long an authorization may go without a call before it counts as unknown."""

AT_ONCE = 500


@transaction.atomic(savepoint=False)
def leave_unknown(order_ids: Iterable[UUID]) -> None:
    """Mark open authorizations as unknown although no call was made, and publish that once.

    This uses up no attempt.
    """
    unknown = []
    for ledger in lock_ledgers(order_ids).values():
        for operation in ledger.open_operations(OperationKind.AUTHORIZE):
            if operation.outcome == Outcome.REQUESTED:
                operation.outcome = Outcome.UNKNOWN
                unknown.append(operation)
                announce_unknown(ledger)
    bulk.update(unknown, ["outcome"])


@publishes(PaymentUnknown)
@transaction.atomic
def leave_unanswered_unknown() -> int:
    """Mark authorizations as unknown that no worker has called in time, oldest first.

    :returns: the number of orders looked at.
    """
    waiting = PaymentOperation.objects.filter(
        kind=OperationKind.AUTHORIZE,
        outcome=Outcome.REQUESTED,
        requested_at__lt=database_now() - ANSWERED_WITHIN,
    )
    oldest = waiting.order_by("requested_at").values_list("payment__order_id", flat=True)
    order_ids = list(oldest[:AT_ONCE])
    conversations.lock(order_ids)
    leave_unknown(order_ids)
    return len(order_ids)
