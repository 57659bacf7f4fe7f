"""Tests of the engine run on a saga of their own."""

import pytest


@pytest.fixture(autouse=True)
def _own_saga(own_saga: None) -> None:
    """Let orders of ``charge_first`` take the tests' own saga."""
