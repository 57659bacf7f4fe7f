"""Create one object per gateway and process, safely across threads."""

from collections.abc import Callable
from threading import RLock
from typing import Generic, TypeVar

T = TypeVar("T")


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
