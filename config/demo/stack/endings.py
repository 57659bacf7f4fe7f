"""The signals that ask a stack to end: Ctrl-C, a terminal that closes, a service manager."""

import signal
from types import FrameType

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heed_endings() -> None:
    """Turn each into KeyboardInterrupt, Ctrl-C too: a shell starts what runs behind deaf to it."""
    for ending in ENDINGS:
        meant_to_outlive_its_terminal = signal.getsignal(ending) is signal.SIG_IGN
        if ending is not signal.SIGHUP or not meant_to_outlive_its_terminal:
            signal.signal(ending, _interrupt)


def ignore_endings() -> None:
    """Let nothing interrupt the clearing up, which has its own limit in time."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
