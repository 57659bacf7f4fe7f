"""Sagas that are defined for one test and removed after it."""

from orders.sagas.definitions.charge_first import ChargeFirst
from orders.sagas.vocabulary.saga import Saga, definitions
from testkit.sagas import define


def charge_first(*, version: int, **steps: object) -> type[Saga]:
    """Define a version of ``charge_first`` with other steps."""
    return define(
        "ChargeFirst",
        version=version,
        flow="charge_first",
        aborted_by=ChargeFirst.aborted_by,
        **steps,
        on_abort=ChargeFirst.on_abort,
    )


def edited_in_place(**steps: object) -> None:
    """Give version 1 of ``charge_first`` other steps, as if the code had been edited in place."""
    definitions["charge_first", 1] = charge_first(version=99, **steps)
    del definitions["charge_first", 99]
