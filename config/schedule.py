"""The tasks that beat queues, and how often.

A lost tick does no harm: the next one does the same work. Daily work has no tick, which could be
lost, but a row (``outbox/kit/daily.py``).
"""

from typing import Any

from outbox.doorbell.beat import Every
from outbox.doorbell.bell import RINGING


def _tick(task: str, moments: Every) -> dict[str, Any]:
    return {"task": task, "schedule": moments, "options": RINGING}


SCHEDULE = {
    "relay": _tick("outbox.relay", Every(1)),
    "sweep": _tick("sagas.sweep", Every(1, after=1 / 3)),
    "wake": _tick("inventory.wake", Every(1, after=2 / 3)),
    "expire": _tick("inventory.expire", Every(10, after=0.5)),
    "redrive": _tick("outbox.redrive", Every(2, after=1.15)),
    "rebuild": _tick("readmodels.rebuild", Every(2, after=1.83)),
    "watch lag": _tick("readmodels.watch_lag", Every(10, after=5.5)),
    "watch": _tick("outbox.watch", Every(30, after=3.5)),
    "watch money": _tick("readmodels.watch_money", Every(60, after=22.5)),
    "flag overdue": _tick("orders.flag_overdue", Every(30, after=17.5)),
    "retain": _tick("outbox.retain", Every(60, after=8.5)),
    "leave unanswered unknown": _tick("payments.leave_unanswered_unknown", Every(60, after=27.5)),
    "note minutes": _tick("config.note_minutes", Every(60, after=12.5)),
    "forget keys": _tick("config.forget_keys", Every(60, after=23.5)),
    "look for drift": _tick("readmodels.look_for_drift", Every(60, after=38.5)),
    "do daily work": _tick("config.do_daily_work", Every(60, after=43.5)),
    "retain orders": _tick("orders.retain", Every(600, after=48.5)),
    "forget confirmations": _tick("orders.forget_confirmations", Every(600, after=36.5)),
    "retain payments": _tick("payments.retain", Every(600, after=53.5)),
}
