"""The application for workers that die: ``celery --app tests.faults.dying worker``.

Between two commits there are boundaries. At each of them the first process that comes there is
killed as by ``kill -9``; a file in the folder that ``DIED`` names says so, and no other dies there.
"""

import os
import re
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from celery.signals import worker_process_init

from config.celery import app

__all__ = ["BOUNDARIES", "app"]

BOUNDARIES = {
    "a claim is committed, its handlers have not begun": "outbox.delivery.claims:claim",
    "a suspect is claimed, its handler has not begun": "outbox.delivery.claims:claim_suspect",
    "handlers have run, nothing is committed": "outbox.delivery.turn:write",
    "lanes are ended, nothing is committed": "outbox.delivery.lanes:end_locked",
    "a turn is committed, nobody is told": "outbox.delivery.applying:take_turn",
    "the gateway has answered, nothing is entered": "payments.handlers:gateway_calls.call",
    "an answer is entered, nothing is committed": "payments.services:conclude",
    "a failure is entered, nothing is committed": "outbox.delivery.failing:fail",
    "what is owed is known, no worker is told": "outbox.tasks:owed_names",
    "deadlines are swept": "orders.sagas.tasks:sweep_sagas",
}
"""What has just been done when a process dies, and the function that has just done it."""


@worker_process_init.connect
def lay_mines(**_: Any) -> None:
    """Put a mine behind each of these functions."""
    for boundary, path in BOUNDARIES.items():
        place, name = re.split(r"[.:](?=\w+$)", path)
        owner = resolve_name(place)
        setattr(owner, name, _mined(getattr(owner, name), Path(os.environ["DIED"]) / boundary))


def _mined(function: Callable[..., Any], mark: Path) -> Callable[..., Any]:
    @wraps(function)
    def mined(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if _is_first(mark):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return mined


def _is_first(mark: Path) -> bool:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
