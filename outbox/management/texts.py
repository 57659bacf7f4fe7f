"""Texts that commands are given."""

from argparse import ArgumentTypeError
from collections.abc import Callable

from outbox.kit.texts import fits


def text_of_at_most(longest: int) -> Callable[[str], str]:
    """Return what reads a text that a column of this width takes as it is."""

    def text(given: str) -> str:
        if not fits(given, longest):
            raise ArgumentTypeError(f"{given[:40]!a} is no text of {longest} characters at most")
        return given

    return text
