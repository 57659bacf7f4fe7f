"""Apply claimed lanes in one turn; if that fails, find the failing message."""

import time
from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from django.conf import settings

from outbox.delivery import claims, failing
from outbox.delivery.follow_up import FollowUpFailed
from outbox.delivery.groups import MemberFailed, NotTogether
from outbox.delivery.turn import TurnResult, take_turn
from outbox.delivery.work import Work
from outbox.registry import Receiver
from outbox.retry import Failure

LONG_TURN = 2.0
"""Seconds after which a turn is reported that kept conversations from all other publishers."""

log = structlog.get_logger()


def apply(
    receiver: Receiver,
    works: Sequence[Work],
    tokens: Collection[UUID],
    *,
    without: Collection[str] | None = None,
) -> TurnResult:
    """Apply lanes in as few turns as possible; settle, move on or fail each of them.

    :param tokens: the claims that end with this.
    :param without: the members of a group that get lanes of their own for it.
    """
    applying = _Applying(receiver, without)
    applying.batch(works, tokens)
    if not applying.released:
        claims.release(tokens)
    if applying.taken.lost:
        log.warning("claim_lost", subscriber=receiver.name, lanes=applying.taken.lost)
    return applying.taken


class _Applying:
    def __init__(self, receiver: Receiver, without: Collection[str] | None) -> None:
        self.receiver = receiver
        self.without = None if without is None else set(without)
        self.taken = TurnResult()
        self.released = False

    def batch(self, works: Sequence[Work], tokens: Collection[UUID] = ()) -> None:
        try:
            self._commit(works, tokens)
        except MemberFailed as failed:
            log.warning("read_model_apart", subscriber=failed.member, exc_info=failed.__cause__)
            self.without = {*(self.without or ()), failed.member}
            self.batch(works, tokens)
        except NotTogether:
            self.without = set()
            self.batch(works, tokens)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
            self._divide(works, error)
        else:
            self.released |= bool(tokens)

    def _divide(self, works: Sequence[Work], error: Exception) -> None:
        if len(works) > 1:
            middle = len(works) // 2
            self.batch(works[:middle])
            self.batch(works[middle:])
        elif len(works[0].envelopes) > 1:
            self._one_by_one(works[0])
        else:
            self._fail(works[0], error)

    def _one_by_one(self, work: Work) -> None:
        """Handle the messages of one lane up to the one that fails."""
        for part in work.apart():
            try:
                self._commit([part])
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
                self._fail(part, error)
                return

    def _commit(self, works: Sequence[Work], tokens: Collection[UUID] = ()) -> None:
        """Take a turn; where following up has failed, take it again without."""
        started = time.monotonic()
        if self._may_follow_up(works):
            try:
                self.taken.add(take_turn(self.receiver, works, follow_up=True, tokens=tokens))
            except FollowUpFailed as failed:
                log.warning(
                    "follow_up_failed",
                    subscriber=failed.subscriber,
                    turn_of=self.receiver.name,
                    exc_info=failed.__cause__,
                )
            except Exception:
                log.warning("follow_up_failed", turn_of=self.receiver.name, exc_info=True)
            else:
                self._report_a_long_turn(works, time.monotonic() - started)
                return
        self.taken.add(take_turn(self.receiver, works, without=self.without, tokens=tokens))
        self._report_a_long_turn(works, time.monotonic() - started)

    def _report_a_long_turn(self, works: Sequence[Work], seconds: float) -> None:
        if self.receiver.publishes and seconds > LONG_TURN:
            log.warning(
                "long_turn",
                subscriber=self.receiver.name,
                seconds=round(seconds, 1),
                conversations=len(works),
            )

    def _may_follow_up(self, works: Sequence[Work]) -> bool:
        """Tell whether a turn may go beyond these lanes: not where there was trouble."""
        return (
            settings.OUTBOX_FOLLOW_UP
            and self.receiver.publishes
            and not self.receiver.shares_rows
            and not any(work.lane.attempts for work in works)
        )

    def _fail(self, work: Work, error: Exception) -> None:
        envelope = work.envelopes[0] if work.envelopes else None
        failing.fail(
            self.receiver,
            work.lane,
            work.token,
            Failure.of(error),
            sequence=envelope.sequence if envelope else work.lane.next,
            message_type=type(envelope.message).__name__ if envelope else "",
        )
