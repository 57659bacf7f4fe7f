"""Contexts of one's own: each folder beside this one that is an app, without an entry in a list."""

from importlib.util import find_spec
from typing import Final

from config.environment.paths import ROOT

CORE: Final = ("outbox", "orders", "payments", "inventory", "readmodels")
"""The apps that the shop consists of, in the order in which they are installed."""


def own_contexts() -> list[str]:
    """Return the names of the apps that were added to the shop."""
    found = {path.parent.name for path in ROOT.glob("*/apps.py")}
    return sorted(found - {"config", *CORE})


def with_routes() -> list[str]:
    """Return those of them that add to the API."""
    return [name for name in own_contexts() if find_spec(f"{name}.urls")]
