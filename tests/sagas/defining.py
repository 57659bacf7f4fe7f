"""Sagas that are defined for one test and forgotten after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from orders.events import OrderPlaced
from orders.sagas.definitions.charge_first import ChargeFirst
from orders.sagas.vocabulary.saga import Saga, definitions, migrations


@contextmanager
def forgetting() -> Iterator[None]:
    """Forget the definitions and migrations that are made, edited or taken away meanwhile."""
    kept, ways = dict(definitions), dict(migrations)
    try:
        yield
    finally:
        definitions.clear()
        definitions.update(kept)
        migrations.clear()
        migrations.update(ways)


def define(called: str, /, **members: object) -> type[Saga]:
    """Write a saga: its members in the order in which they stand in the class."""
    return type(called, (Saga,), {"started_by": OrderPlaced, **members})


def charge_first(*, version: int, **steps: object) -> type[Saga]:
    """Write a version of ``charge_first`` with other steps."""
    return define(
        "ChargeFirst",
        version=version,
        flow="charge_first",
        aborted_by=ChargeFirst.aborted_by,
        **steps,
        on_abort=ChargeFirst.on_abort,
    )


def edited_in_place(**steps: object) -> None:
    """Let the code on disk have other steps under the number of the version that is running."""
    definitions["charge_first", 1] = charge_first(version=99, **steps)
    del definitions["charge_first", 99]
