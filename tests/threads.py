"""The same act in many threads at one moment, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections


def at_once(count: int, act: Callable[[int], object]) -> None:
    """Call ``act`` with 0, 1, 2 and so on, in a thread each; raise what one of them raises."""
    everybody = Barrier(count, timeout=30)

    def run(number: int) -> None:
        try:
            everybody.wait()
            act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))
