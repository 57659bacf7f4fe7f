"""The options of a benchmark: fields of its ``Options`` that say themselves what they mean."""

import argparse
from collections.abc import Callable
from dataclasses import field, fields
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)


def option(default: Number, meaning: str) -> Number:
    """Make a field an option; whole where its default is, and above 0."""
    number: Number = field(default=default, metadata={"meaning": meaning})
    return number


def patience(seconds: float, part: str) -> float:
    """Make a field an option that says when something is given up."""
    return option(seconds, f"seconds until {part} is given up")


def add_options(parser: argparse.ArgumentParser, kind: Any) -> None:
    """Let a parser take what a benchmark's ``Options`` hold."""
    for each in fields(kind):
        parser.add_argument(
            f"--{each.name}",
            type=_type_of(each.default),
            default=each.default,
            help=f"{each.metadata['meaning']} ({each.default:,})",
        )


def _type_of(default: object) -> Callable[[str], float]:
    return _count if isinstance(default, int) else _positive


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: it wants a whole number from 1")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: it wants a number above 0")
    return number
