"""Shifts the clock of a whole Python process; Python imports a module of this name by itself.

A test puts this folder on ``PYTHONPATH`` and the path of a file into ``CLOCK``: the seconds that
stand there are added to the time of day, from the first to the last moment of the process, while
its monotonic clock goes on. The types stay what they are, for code in C looks at them.
"""

import ctypes
import gc
import os
import time
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

import uuid_utils
import uuid_utils.compat

BETWEEN_LOOKS = 0.05

_really, _path = time.time, Path(os.environ["CLOCK"])
_seen: tuple[float, float] = (-1.0, 0.0)


def _offset() -> float:
    global _seen  # noqa: PLW0603 - threads that look at once all write the same
    looked_at, offset = _seen
    if time.monotonic() - looked_at > BETWEEN_LOOKS:
        text = _path.read_text()
        offset = float(text) if text else offset
        _seen = time.monotonic(), offset
    return offset


def _time() -> float:
    return _really() + _offset()


def _now(_: type[datetime], tz: tzinfo | None = None) -> datetime:
    return datetime.fromtimestamp(_time(), tz)


def _utcnow(_: type[datetime]) -> datetime:
    return datetime.fromtimestamp(_time(), UTC).replace(tzinfo=None)


def _uuid7() -> UUID:
    return UUID(bytes=uuid_utils.uuid7(nanoseconds=time.time_ns()).bytes)


time.time = _time
time.time_ns = lambda: int(_time() * 1e9)
setattr(uuid_utils.compat, "uuid7", _uuid7)  # noqa: B010 - its stubs say that nobody may
_attributes: dict[str, Any] = gc.get_referents(datetime.__dict__)[0]
_attributes.update(now=classmethod(_now), utcnow=classmethod(_utcnow), today=classmethod(_now))
ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))
