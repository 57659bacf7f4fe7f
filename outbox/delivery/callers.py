"""Make the calls of each outside subscriber in a thread, beside the worker's own work.

A call may take seconds. While a process waited for it, what stays inside the database would wait
too, and so would calls to others. So a worker's task wakes a caller and goes on; the caller claims,
calls and concludes until its subscriber is owed nothing, and hands on what that brought forth.
"""

import threading
import time

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from outbox.delivery.batch import deliver_suspect
from outbox.delivery.calls import Calls
from outbox.delivery.relay import Owed, deliver_to
from outbox.doorbell import bell
from outbox.registry import OutsideSubscriber, subscribers

log = structlog.get_logger()

IDLE = 60.0
"""Seconds without a call after which a caller gives its connection to the database back."""

AT_ONCE = 1.0
"""Seconds for which a caller does other things than calling."""

UNTIL_VISIBLE = 0.02
"""Seconds until a lane is looked at again whose next message is being committed."""


class _Caller:
    def __init__(self, subscriber: OutsideSubscriber) -> None:
        self.subscriber = subscriber
        self.calls = Calls(subscriber)
        self.woken = threading.Event()
        self.suspects = False
        self.stopped = False
        self.thread = threading.Thread(
            target=self._serve, name=f"outbox-{subscriber.name}", daemon=True
        )
        self.thread.start()

    def wake(self, *, suspects: bool) -> None:
        self.suspects |= suspects
        self.woken.set()

    def stop(self) -> None:
        """Begin no more calls; commit what comes of those under way."""
        self.stopped = True
        self.calls.give_up()
        self.woken.set()

    def _serve(self) -> None:
        while not self.stopped and not self._is_over():
            interrupted = bool(self.calls.under_way)
            if not self.woken.wait(AT_ONCE if interrupted else IDLE) and not interrupted:
                connection.close()
                continue
            self.woken.clear()
            try:
                close_old_connections()
                self._call_while_owed()
            except Exception:
                log.exception("calls_interrupted", subscriber=self.subscriber.name)
        self.calls.pool.shutdown(wait=False)
        connection.close()

    def _is_over(self) -> bool:
        """Tell whether the subscriber was removed, and nothing of its calls is under way."""
        return subscribers.get(self.subscriber.name) is not self.subscriber and not (
            self.calls.under_way
        )

    def _call_while_owed(self) -> None:
        """Call until nothing is owed; a message at which a worker vanished is called alone."""
        while True:
            if self.suspects and not self.calls.under_way:
                self._call_suspects()
            if not self.suspects and not self.stopped and not self.subscriber.paused:
                self.calls.claim()
            if not self.calls.under_way:
                return
            taken = self.calls.conclude()
            self._hand_on(taken.owed_to - {self.subscriber.name})
            if taken.stay:
                time.sleep(UNTIL_VISIBLE)

    def _hand_on(self, owed_to: set[str]) -> None:
        """Deliver what the answers brought forth, and leave what takes long to others."""
        if owed_to and (left := deliver_to(owed_to, seconds=AT_ONCE, aside=wake)):
            bell.ring(left)

    def _call_suspects(self) -> None:
        """Call some; a tick that finds more of them says so again."""
        self.suspects = False
        until = time.monotonic() + AT_ONCE
        while not self.stopped and time.monotonic() < until and deliver_suspect(self.subscriber):
            continue


_callers: dict[str, _Caller] = {}
_hiring = threading.Lock()


def wake(owed: Owed) -> None:
    """Have a subscriber's calls made that it is owed. Returns at once."""
    receiver = owed.receiver
    if isinstance(receiver, OutsideSubscriber):
        with _hiring:
            caller = _callers.get(receiver.name)
            if caller is None or caller.subscriber is not receiver:
                _callers[receiver.name] = _Caller(receiver)
        _callers[receiver.name].wake(suspects=owed.suspects)


def stop() -> None:
    """Let the calls under way end and be concluded, for as long as their claims hold."""
    until = time.monotonic() + settings.OUTBOX_LEASE_SECONDS
    for caller in _callers.values():
        caller.stop()
    for caller in _callers.values():
        caller.thread.join(max(until - time.monotonic(), 0))
    _callers.clear()
