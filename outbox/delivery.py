"""Deliver claimed messages to their subscriber: one transaction per batch, failures are data."""

import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import transaction

from outbox import claims, conversations
from outbox.claims import Claim, ClaimLost, Owed
from outbox.envelope import Envelope
from outbox.following import FollowUp
from outbox.messages import UnknownMessage, decode
from outbox.publishing import collecting, write
from outbox.registry import Subscriber, Unfinished

log = structlog.get_logger()

CALLS_AT_ONCE = 16
"""Threads in which the calls of one batch run side by side."""


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed delivery, decoded; ``result`` is what a call outside gave."""

    owed: Owed
    envelope: Envelope
    result: Any = None


class Delivering:
    """The handling of one claim."""

    def __init__(self, subscriber: Subscriber, claim: Claim) -> None:
        self.subscriber = subscriber
        self.token = claim.token
        self.rung: set[str] = set()

    def run(self, owed: Sequence[Owed]) -> None:
        """Handle everything that the claim brought."""
        items = self._decode(owed)
        if self.subscriber.call is not None:
            items = self._call(items)
        self._handle(items)

    def _decode(self, owed: Sequence[Owed]) -> list[Item]:
        items = []
        broken = set()
        for row in owed:
            if row.conversation in broken:
                claims.give_back(self.token, [row.delivery])
                continue
            try:
                message = decode(row.type, row.version, row.payload)
            except (UnknownMessage, msgspec.ValidationError) as error:
                broken.add(row.conversation)
                self._fail(row, error, permanent=True)
            else:
                items.append(Item(row, _envelope(row, message)))
        return items

    def _call(self, items: Sequence[Item]) -> list[Item]:
        call = self.subscriber.call
        assert call is not None  # noqa: S101 - run() asks first

        def attempt(item: Item) -> Item:
            try:
                return Item(item.owed, item.envelope, call(item.envelope))
            except Exception as error:  # noqa: BLE001 - conclude() decides what an error means
                return Item(item.owed, item.envelope, error)

        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            return list(pool.map(attempt, items))

    def _handle(self, items: Sequence[Item]) -> None:
        """Commit a batch; when it fails, halve it until the failing conversation stands alone."""
        if not items:
            return
        try:
            self._commit(items)
        except ClaimLost:
            log.warning("claim_lost", subscriber=self.subscriber.name, deliveries=len(items))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
            self._divide(items, error)

    def _divide(self, items: Sequence[Item], error: Exception) -> None:
        conversations = sorted({item.envelope.conversation for item in items})
        if len(conversations) > 1:
            left = set(conversations[: len(conversations) // 2])
            self._handle([item for item in items if item.envelope.conversation in left])
            self._handle([item for item in items if item.envelope.conversation not in left])
        elif len(items) > 1:
            self._one_by_one(items)
        else:
            self._fail(items[0].owed, error)

    def _one_by_one(self, items: Sequence[Item]) -> None:
        for place, item in enumerate(items):
            try:
                self._commit([item])
            except ClaimLost:
                return
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
                self._fail(item.owed, error)
                claims.give_back(self.token, [rest.owed.delivery for rest in items[place + 1 :]])
                return

    def _commit(self, items: Sequence[Item]) -> None:
        if self._may_follow_up(items):
            try:
                self._turn(items, follow_up=True)
            except ClaimLost:
                raise
            except Exception:  # noqa: BLE001 - whose fault it was shows without follow-up
                log.warning("follow_up_failed", subscriber=self.subscriber.name, exc_info=True)
            else:
                return
        self._turn(items, follow_up=False)

    def _may_follow_up(self, items: Sequence[Item]) -> bool:
        """Tell whether a turn may go beyond these deliveries: not where trouble was before."""
        return (
            settings.OUTBOX_FOLLOW_UP
            and self.subscriber.publishes
            and not self.subscriber.shares_rows
            and all(item.owed.attempt == 1 for item in items)
        )

    @transaction.atomic
    def _turn(self, items: Sequence[Item], *, follow_up: bool) -> None:
        keys = {item.envelope.conversation for item in items}
        length = conversations.lock(keys) if self.subscriber.publishes else {}
        handled: set[tuple[UUID, str]] = set()
        with collecting() as outgoing:
            unfinished = {each.envelope.id: each.reason for each in self._apply(items)}
            if follow_up:
                waiting = conversations.waiting(keys, beside=self.token)
                waiting |= {
                    (self.subscriber.name, each.envelope.conversation)
                    for each in items
                    if each.envelope.id in unfinished
                }
                handled = FollowUp(length, waiting).run(outgoing)
        self.rung |= write(outgoing, handled)
        done = [item.owed.delivery for item in items if item.envelope.id not in unfinished]
        claims.settle(self.token, done)
        for item in items:
            if item.envelope.id in unfinished:
                self._fail(item.owed, unfinished[item.envelope.id])

    def _apply(self, items: Sequence[Item]) -> Sequence[Unfinished]:
        envelopes = [item.envelope for item in items]
        if self.subscriber.receive is not None:
            self.subscriber.receive(envelopes)
            return []
        assert self.subscriber.conclude is not None  # noqa: S101 - Subscriber checks it
        return self.subscriber.conclude(envelopes, [item.result for item in items])

    def _fail(self, owed: Owed, error: Exception | str, *, permanent: bool = False) -> None:
        is_text = isinstance(error, str)
        claims.fail(
            self.token,
            owed,
            self.subscriber,
            error=error if is_text else f"{type(error).__name__}: {error}",
            traceback="" if is_text else "".join(traceback.format_exception(error)),
            permanent=permanent,
        )


def _envelope(row: Owed, message: Any) -> Envelope:
    return Envelope(
        message=message,
        id=row.message,
        conversation=row.conversation,
        sequence=row.sequence,
        flow=row.flow,
        traceparent=row.traceparent,
        recorded_at=row.recorded_at,
        attempt=row.attempt,
    )


def deliver_batch(subscriber: Subscriber) -> set[str] | None:
    """Claim and handle what a subscriber is owed, up to one batch.

    :returns: the subscribers that were published to, or ``None`` when nothing was owed.
    """
    claim = claims.claim(subscriber, settings.OUTBOX_BATCH)
    if not claim.owed:
        return None
    delivering = Delivering(subscriber, claim)
    delivering.run(claim.owed)
    return delivering.rung


def deliver_suspect(subscriber: Subscriber) -> bool:
    """Handle one delivery whose worker vanished; park it when its tries are used up."""
    claim = claims.claim_suspect(subscriber)
    if not claim.owed:
        return False
    (owed,) = claim.owed
    if owed.attempt > subscriber.retry.attempts:
        claims.fail(
            claim.token,
            owed,
            subscriber,
            error=f"its worker vanished {owed.attempt - 1} times while handling it",
            traceback="",
            permanent=True,
        )
    else:
        Delivering(subscriber, claim).run(claim.owed)
    return True
