"""Contracts changed as they must not be: the tests of contracts have to show it."""

from uuid import UUID

import msgspec
import pytest

from orders.events import OrderConfirmed
from outbox.messages import Event, type_of
from outbox.registry import subscribers
from tests.contracts import test_files


def test_a_field_that_every_old_row_lacks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(type_of, "OrderConfirmed")  # the class below takes its place

    class OrderConfirmed(Event, frozen=True):
        """Has a field that must be there, under the old version."""

        order_id: UUID
        channel: str

    with pytest.raises(msgspec.ValidationError, match="missing required field `channel`"):
        test_files.test_every_version_has_an_example_that_can_still_be_read(OrderConfirmed, 1)


def test_a_new_version_without_an_upcaster_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrderConfirmed, "version", 2)
    with pytest.raises(AssertionError):
        test_files.test_every_older_version_has_an_upcaster(OrderConfirmed, 1)
    with pytest.raises(AssertionError, match=r"OrderConfirmed\.v2\.json is missing"):
        test_files.test_every_version_has_an_example_that_can_still_be_read(OrderConfirmed, 2)


def test_a_subscriber_under_another_name_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(subscribers, "the_gateway", subscribers["gateway"])
    monkeypatch.delitem(subscribers, "gateway")
    with pytest.raises(AssertionError, match=r"'subscriber gateway'.* stood in rows"):
        test_files.test_no_name_was_taken_away()
    with pytest.raises(AssertionError, match=r"'subscriber the_gateway'.* will stand in rows"):
        test_files.test_every_name_is_pinned()
