"""The saga that tests of the engine run orders on, whatever steps the shop's own has by now."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from orders.sagas.definitions import charge_first
from orders.sagas.vocabulary.saga import Saga, definitions
from testkit.sagas import forgetting

NAME = "charge_first"


def _forget() -> None:
    for key in [key for key in definitions if key[0] == NAME]:
        del definitions[key]


with forgetting():
    _forget()

    class ChargeFirst(Saga):
        """Charge, reserve, confirm: the first version of the shop's saga, as it was shipped."""

        name = NAME
        version = 1
        flow = NAME
        started_by = charge_first.ChargeFirst.started_by
        aborted_by = charge_first.ChargeFirst.aborted_by

        charge = charge_first.ChargeFirst.charge
        reserve = charge_first.ChargeFirst.reserve
        confirm = charge_first.ChargeFirst.confirm

        on_abort = charge_first.ChargeFirst.on_abort


@pytest.fixture
def own_saga() -> Iterator[None]:
    """Let orders of ``charge_first`` take the tests' own saga."""
    with only_own_saga():
        yield


@contextmanager
def only_own_saga() -> Iterator[None]:
    """Let orders of ``charge_first`` take the tests' own saga, as its only version."""
    with forgetting():
        _forget()
        definitions[NAME, 1] = ChargeFirst
        yield
