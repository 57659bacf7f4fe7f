"""Apply a batch in one turn; where that fails, halve it down to the message at fault."""

from collections.abc import Sequence

import structlog
from django.conf import settings

from outbox import claims
from outbox.claims import ClaimLost, Owed
from outbox.registry import Subscriber
from outbox.retry import Failure
from outbox.turn import Item, take_turn

log = structlog.get_logger()


def apply(subscriber: Subscriber, items: Sequence[Item]) -> set[str]:
    """Apply items, and settle or fail each of them.

    :returns: the subscribers that are owed something by this.
    """
    applying = _Applying(subscriber)
    applying.batch(items)
    return applying.owed_to


def warn_of_lost(subscriber: Subscriber, lost: Sequence[Item | Owed]) -> None:
    """Say that somebody else has taken over what was worked on here."""
    log.warning("claim_lost", subscriber=subscriber.name, deliveries=len(lost))


class _Applying:
    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.owed_to: set[str] = set()

    def batch(self, items: Sequence[Item]) -> None:
        if not items:
            return
        try:
            self._commit(items)
        except ClaimLost:
            warn_of_lost(self.subscriber, items)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
            self._divide(items, error)

    def _divide(self, items: Sequence[Item], error: Exception) -> None:
        conversations = sorted({item.envelope.conversation for item in items})
        if len(items) == 1:
            self._fail(items[0].owed, error)
        elif len(conversations) == 1:
            self._one_by_one(items)
        else:
            left = set(conversations[: len(conversations) // 2])
            self.batch([item for item in items if item.envelope.conversation in left])
            self.batch([item for item in items if item.envelope.conversation not in left])

    def _one_by_one(self, items: Sequence[Item]) -> None:
        """Handle the messages of one conversation up to the one that fails."""
        for place, item in enumerate(items):
            try:
                self._commit([item])
            except ClaimLost:
                return
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
                self._fail(item.owed, error)
                claims.give_back({each.owed: 0.0 for each in items[place + 1 :]})
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
        self.owed_to |= take_turn(self.subscriber, items, follow_up=follow_up)

    def _may_follow_up(self, items: Sequence[Item]) -> bool:
        """Tell whether a turn may go beyond these deliveries: not where there was trouble."""
        return (
            settings.OUTBOX_FOLLOW_UP
            and self.subscriber.publishes
            and not self.subscriber.shares_rows
            and all(item.owed.attempt == 1 for item in items)
        )

    def _fail(self, owed: Owed, error: Exception) -> None:
        claims.fail(owed, self.subscriber, Failure.of(error))
