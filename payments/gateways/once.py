"""What a process has one of per gateway, whichever of its threads asks first."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class OncePerName(Generic[T]):
    """Makes a thing for a name when it is first asked for, and never a second one.

    ``functools.cache`` lets threads that ask at one moment make one each.
    """

    def __init__(self, make: Callable[[str], T]) -> None:
        self.make = make
        self.made: dict[str, T] = {}
        self.making = Lock()

    def __call__(self, name: str) -> T:
        with self.making:
            if name not in self.made:
                self.made[name] = self.make(name)
            return self.made[name]

    def cache_clear(self) -> None:
        """Forget what was made, as a new process does not know of it."""
        self.made.clear()
