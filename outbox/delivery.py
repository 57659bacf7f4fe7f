"""Deliver what was claimed: in batches, and where a batch fails, down to the message at fault."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from django.conf import settings
from django.db import connections

from outbox import claims, tracing
from outbox.claims import Claim, ClaimLost, Owed
from outbox.envelope import Envelope
from outbox.messages import Contract, UnknownMessage, decode
from outbox.registry import Subscriber, in_flow
from outbox.retry import Failure
from outbox.turn import Item, take_turn

if TYPE_CHECKING:
    from uuid import UUID

log = structlog.get_logger()

CALLING_SHARE = 0.2
"""The share of a claim's lease in which calls are begun; the rest is for them to end."""


def deliver_batch(subscriber: Subscriber) -> set[str]:
    """Claim and handle what a subscriber is owed, up to one batch.

    :returns: the subscribers that may be owed something now: those that were published to, and
        this one if its batch was full.
    """
    claim = claims.claim(subscriber, settings.OUTBOX_BATCH)
    owed_to = _Delivering(subscriber, claim).run() if claim.owed else set()
    return owed_to | {subscriber.name} if claim.is_full else owed_to


def deliver_suspect(subscriber: Subscriber) -> bool:
    """Handle one delivery whose worker vanished; park it when its tries are used up."""
    claim = claims.claim_suspect(subscriber)
    for owed in claim.owed:
        if owed.attempt > subscriber.retry.attempts:
            vanished = f"{owed.attempt - 1} workers vanished over it"
            failure = Failure(vanished, error_type="WorkerVanished", permanent=True)
            claims.fail(claim.token, owed, subscriber, failure)
        else:
            _Delivering(subscriber, claim).run()
    return bool(claim.owed)


class _Delivering:
    """The handling of one claim."""

    def __init__(self, subscriber: Subscriber, claim: Claim) -> None:
        self.subscriber = subscriber
        self.claim = claim
        self.owed_to: set[str] = set()

    def run(self) -> set[str]:
        """Handle everything that the claim brought; return who is owed something by it."""
        try:
            items = self._decoded()
            if self.subscriber.call is not None:
                items = self._called(items)
            self._handle(items)
        except ClaimLost:
            self._warn(self.claim.owed)
        return self.owed_to

    def _called(self, items: Sequence[Item]) -> list[Item]:
        """Make the calls of a batch side by side; an exception takes the place of a result.

        Calls that the time of the claim does not allow for are given back.
        """
        call = self.subscriber.call
        assert call is not None  # noqa: S101 - run() has asked
        until = time.monotonic() + CALLING_SHARE * settings.OUTBOX_LEASE_SECONDS

        def attempt(item: Item) -> Item | None:
            if time.monotonic() > until:
                return None
            try:
                with tracing.calling(self.subscriber.name, item.envelope):
                    return replace(item, result=call(item.envelope))
            except Exception as error:  # noqa: BLE001 - conclude() decides what an error means
                return replace(item, result=error)
            finally:
                connections.close_all()  # those that the call has opened in its thread

        with ThreadPoolExecutor(self.subscriber.calls_at_once) as pool:
            called = [item for item in pool.map(attempt, items) if item is not None]
        tried = {item.owed.delivery for item in called}
        untried = [item.owed.delivery for item in items if item.owed.delivery not in tried]
        if untried:
            claims.give_back(self.claim.token, dict.fromkeys(untried, 0.0))
            self.owed_to.add(self.subscriber.name)
        return called

    def _decoded(self) -> list[Item]:
        items: list[Item] = []
        broken: set[UUID] = set()
        for owed in self.claim.owed:
            if owed.conversation in broken:
                claims.give_back(self.claim.token, {owed.delivery: 0.0})
                continue
            try:
                message = self._message(owed)
            except (UnknownMessage, msgspec.ValidationError) as error:
                broken.add(owed.conversation)
                unreadable = isinstance(error, msgspec.ValidationError)
                self._fail(owed, Failure.of(error, permanent=unreadable))
            else:
                items.append(Item(owed, _envelope(owed, message)))
        return items

    def _message(self, owed: Owed) -> Contract:
        message = decode(owed.type, owed.version, owed.payload)
        hears = self.subscriber.hears
        if type(message) not in hears or not in_flow(owed.flow, hears[type(message)]):
            raise UnknownMessage(
                f"{self.subscriber.name} does not hear {owed.type} here: deploy the code that does"
            )
        return message

    def _handle(self, items: Sequence[Item]) -> None:
        """Commit a batch; when it fails, halve it until the failing conversation stands alone."""
        if not items:
            return
        try:
            self._commit(items)
        except ClaimLost:
            self._warn(items)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
            self._divide(items, error)

    def _divide(self, items: Sequence[Item], error: Exception) -> None:
        conversations = sorted({item.envelope.conversation for item in items})
        if len(items) == 1:
            self._fail(items[0].owed, Failure.of(error))
        elif len(conversations) == 1:
            self._handle_one_by_one(items)
        else:
            left = set(conversations[: len(conversations) // 2])
            self._handle([item for item in items if item.envelope.conversation in left])
            self._handle([item for item in items if item.envelope.conversation not in left])

    def _handle_one_by_one(self, items: Sequence[Item]) -> None:
        """Handle the messages of one conversation up to the one that fails."""
        for place, item in enumerate(items):
            try:
                self._commit([item])
            except ClaimLost:
                return
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
                self._fail(item.owed, Failure.of(error))
                rest = [each.owed.delivery for each in items[place + 1 :]]
                claims.give_back(self.claim.token, dict.fromkeys(rest, 0.0))
                return

    def _commit(self, items: Sequence[Item]) -> None:
        """Take a turn; where following up has failed, take it again without."""
        if self._may_follow_up(items):
            try:
                self._turn(items, follow_up=True)
            except ClaimLost:
                raise
            except Exception:
                log.warning("follow_up_failed", subscriber=self.subscriber.name, exc_info=True)
            else:
                return
        self._turn(items, follow_up=False)

    def _turn(self, items: Sequence[Item], *, follow_up: bool) -> None:
        self.owed_to |= take_turn(self.subscriber, self.claim.token, items, follow_up=follow_up)

    def _may_follow_up(self, items: Sequence[Item]) -> bool:
        """Tell whether a turn may go beyond these deliveries: not where there was trouble."""
        return (
            settings.OUTBOX_FOLLOW_UP
            and self.subscriber.publishes
            and not self.subscriber.shares_rows
            and all(item.owed.attempt == 1 for item in items)
        )

    def _warn(self, lost: Sequence[Item | Owed]) -> None:
        log.warning("claim_lost", subscriber=self.subscriber.name, deliveries=len(lost))

    def _fail(self, owed: Owed, failure: Failure) -> None:
        claims.fail(self.claim.token, owed, self.subscriber, failure)


def _envelope(owed: Owed, message: Contract) -> Envelope[Any]:
    return Envelope(
        message=message,
        id=owed.message,
        conversation=owed.conversation,
        sequence=owed.sequence,
        flow=owed.flow,
        traceparent=owed.traceparent,
        recorded_at=owed.recorded_at,
        attempt=owed.attempt,
    )
