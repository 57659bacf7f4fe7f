"""Deliver what a subscriber is owed, a batch at a time."""

from django.conf import settings

from outbox import claims
from outbox.applying import apply, warn_of_lost
from outbox.calls import Calls
from outbox.claims import Claim, ClaimLost
from outbox.decoding import decoded
from outbox.registry import Subscriber
from outbox.retry import Failure


def deliver_batch(subscriber: Subscriber) -> set[str]:
    """Claim and handle what a subscriber is owed, up to one batch.

    :returns: the subscribers that may be owed something now: those that were published to, and
        this one if its batch was full.
    """
    claim = claims.claim(subscriber, settings.OUTBOX_BATCH)
    owed_to = _deliver(subscriber, claim)
    return owed_to | {subscriber.name} if claim.is_full else owed_to


def deliver_suspect(subscriber: Subscriber) -> bool:
    """Handle one delivery whose worker vanished; park it when its tries are used up."""
    claim = claims.claim_suspect(subscriber)
    for owed in claim.owed:
        if owed.attempt > subscriber.retry.attempts:
            vanished = f"{owed.attempt - 1} workers vanished over it"
            failure = Failure(vanished, error_type="WorkerVanished", permanent=True)
            claims.fail(owed, subscriber, failure)
        else:
            _deliver(subscriber, claim)
    return bool(claim.owed)


def _deliver(subscriber: Subscriber, claim: Claim) -> set[str]:
    if not claim.owed:
        return set()
    try:
        items = decoded(subscriber, claim)
        if subscriber.call is None:
            return apply(subscriber, items)
        calls = Calls(subscriber)
        with calls.pool:
            calls.begin(items)
            return calls.conclude_all()
    except ClaimLost:
        warn_of_lost(subscriber, claim.owed)
        return set()
