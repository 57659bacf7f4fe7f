"""Fixtures of the tests of gateways."""

from collections.abc import Iterator

import pytest

from tests.payments.gateways.stand_in import Localstripe


@pytest.fixture(scope="session")
def localstripe() -> Iterator[Localstripe]:
    """Start localstripe once."""
    pytest.importorskip("localstripe", reason="localstripe is not installed")
    server = Localstripe()
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()
