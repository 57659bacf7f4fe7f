"""Deliver what a receiver is owed, a batch at a time."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from outbox.delivery import claims, failing
from outbox.delivery.applying import apply
from outbox.delivery.calls import Calls
from outbox.delivery.turn import TurnResult
from outbox.delivery.work import Work, readable
from outbox.registry import OutsideSubscriber, Receiver, SubscriberGroup
from outbox.retry import Failure


def deliver_batch(receiver: Receiver) -> TurnResult:
    """Claim and handle what a receiver is owed, up to one batch.

    What is owed to others by it is named in ``owed_to``, and the receiver itself if its batch was
    full.
    """
    claimed = claims.claim(receiver, settings.OUTBOX_BATCH)
    taken = TurnResult()
    if claimed.lanes:
        taken = _deliver(receiver, readable(receiver, claimed), claimed.token)
        if claimed.is_full or any(lane.more for lane in claimed.lanes):
            taken.owed_to.add(receiver.name)
    return taken


def deliver_suspect(receiver: Receiver) -> bool:
    """Handle one lane whose worker vanished; stop it when its tries are used up.

    :returns: whether there was something to see to.
    """
    claimed = claims.claim_suspect(receiver)
    if claimed is None:
        return False
    for lane in claimed.lanes:
        if lane.attempts >= receiver.retry.attempts and not isinstance(receiver, SubscriberGroup):
            message = lane.messages[0] if lane.messages else None
            failing.fail(
                receiver,
                lane,
                claimed.token,
                Failure(
                    f"{lane.attempts} workers vanished over it",
                    error_type="WorkerVanished",
                    permanent=True,
                ),
                sequence=message.sequence if message else lane.next,
                message_type=message.type if message else "",
            )
            claims.release([claimed.token])
        else:
            _deliver(receiver, readable(receiver, claimed), claimed.token, suspect=True)
    return True


def _deliver(
    receiver: Receiver, works: Sequence[Work], token: UUID, *, suspect: bool = False
) -> TurnResult:
    if not works:
        claims.release([token])
        return TurnResult()
    if not isinstance(receiver, OutsideSubscriber):
        # One member may be what kills workers: each tries it alone.
        without = (
            list(receiver.names) if suspect and isinstance(receiver, SubscriberGroup) else None
        )
        return apply(receiver, works, [token], without=without)
    calls = Calls(receiver)
    with calls.pool:
        calls.begin(works, token)
        return calls.conclude_all()
