"""Baselines that come from the package index, which is not always within reach."""

from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

from tests.benchmarks.invalid import NotInstalled
from tests.benchmarks.report import say

Entered = TypeVar("Entered")


def entered_if_installable(
    exits: ExitStack, installed: AbstractContextManager[Entered]
) -> tuple[Entered] | None:
    """Enter what installs a baseline; say so, and return ``None``, where it cannot be had."""
    try:
        return (exits.enter_context(installed),)
    except NotInstalled as error:
        say(f"No figures beside this baseline: {error}")
        return None
