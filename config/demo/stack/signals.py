"""Handle the signals that end a stack: Ctrl-C, a closing terminal, a service manager."""

import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_signals() -> None:
    """Turn each into KeyboardInterrupt, SIGINT too: a shell lets background jobs ignore it."""
    for each in SIGNALS:
        meant_to_outlive_its_terminal = signal.getsignal(each) is signal.SIG_IGN
        if each is not signal.SIGHUP or not meant_to_outlive_its_terminal:
            signal.signal(each, _interrupt)


def ignore_signals() -> None:
    """Let nothing interrupt the clean-up, which has time limits of its own."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
