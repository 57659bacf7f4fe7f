"""Objects that a setting names: the module that makes one, and one object per process."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from threading import RLock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def connector_in(package: str, name: str) -> Callable[[], Any] | None:
    """Return ``connect`` of a module or package in ``package``; nothing is connected yet.

    :returns: ``None`` if no module of that name has it.
    """
    address = f"{package}.{name}"
    is_module = name.isidentifier() and find_spec(address) is not None
    return getattr(import_module(address), "connect", None) if is_module else None


class OncePerName(Generic[T]):
    """Creates the object of a name on first use, and never a second one.

    ``functools.cache`` lets threads that call it at the same time create one each. Making one may
    ask for another: a gateway can wrap others.
    """

    def __init__(self, make: Callable[[str], T]) -> None:
        self.make = make
        self.made: dict[str, T] = {}
        self.making = RLock()

    def __call__(self, name: str) -> T:
        with self.making:
            if name not in self.made:
                self.made[name] = self.make(name)
            return self.made[name]

    def cache_clear(self) -> None:
        """Forget all objects, as in a new process."""
        self.made.clear()
