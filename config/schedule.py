"""When beat ticks, and for which tasks."""

from datetime import datetime
from typing import Any

from celery.schedules import crontab, schedstate, schedule

from outbox.bell import RINGING


class Every(schedule):
    """So many seconds apart, at the same moments for ever.

    Ticks that fall due at once take all processes of a small worker at once, and a message that is
    published just then waits for them.

    :param seconds: between two ticks.
    :param after: seconds by which the ticks follow the multiples of ``seconds``.
    """

    def __init__(self, seconds: float, *, after: float = 0.0, **options: Any) -> None:
        super().__init__(seconds, **options)
        self.after = after

    def is_due(self, last_run_at: datetime) -> schedstate:
        """Tell whether a moment has passed since then, and the seconds until the next one."""
        now = self.now().timestamp()
        turn = self._turn(now)
        return schedstate(
            turn != self._turn(last_run_at.timestamp()),
            (turn + 1) * self.seconds + self.after - now,
        )

    def _turn(self, moment: float) -> int:
        return int((moment - self.after) // self.seconds)


def _tick(task: str, moments: schedule | crontab) -> dict[str, Any]:
    return {"task": task, "schedule": moments, "options": RINGING}


SCHEDULE = {
    "relay": _tick("outbox.relay", Every(1)),
    "sweep": _tick("sagas.sweep", Every(1, after=1 / 3)),
    "wake": _tick("inventory.wake", Every(1, after=2 / 3)),
    "expire": _tick("inventory.expire", Every(10, after=0.5)),
    "watch lag": _tick("readmodels.watch_lag", Every(10, after=5.5)),
    "park": _tick("outbox.park", Every(30, after=2.5)),
    "flag overdue": _tick("orders.flag_overdue", Every(30, after=17.5)),
    "retain": _tick("outbox.retain", Every(60, after=8.5)),
    "leave unanswered unknown": _tick("payments.leave_unanswered_unknown", Every(60, after=27.5)),
    "forget keys": _tick("config.forget_keys", Every(60, after=23.5)),
    "look for drift": _tick("readmodels.look_for_drift", Every(60, after=38.5)),
    "retain payments": _tick("payments.retain", Every(3600, after=53.5)),
    "reconcile": _tick("payments.reconcile", crontab(hour="3", minute="30")),
    "add up": _tick("readmodels.add_up", crontab(hour="4", minute="15")),
}
