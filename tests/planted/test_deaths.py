"""Flows that cannot bear a death: the harness has to name the boundary at which they fail."""

from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import pytest
from django.db import transaction

from orders.services import announcements
from outbox.publishing import publish
from payments import handlers
from payments.calling import carry_out
from payments.commands import CallGateway
from testkit.crashes import Crashes
from testkit.shop import Shop
from tests.crashes.paths import paid


def flow(shop: Shop) -> None:
    paid(shop, "charge_first")


def test_a_message_that_is_published_after_the_commit_is_lost_with_its_process(
    crashes: Crashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_later(message: Any, **headers: Any) -> None:
        transaction.on_commit(partial(transaction.atomic(publish), message, **headers))

    monkeypatch.setattr(announcements, "publish", publish_later)
    with pytest.raises(AssertionError) as caught:
        crashes.everywhere(flow)
    (death,) = caught.value.__notes__
    assert death.startswith("killed after a commit")


def test_a_key_that_is_minted_for_each_try_charges_twice_when_the_answer_dies(
    crashes: Crashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mint(command: CallGateway, *, attempt: int, since: datetime) -> Any:
        key = command.key if attempt == 1 else f"{command.key}:{attempt}"
        minted = msgspec.structs.replace(command, key=key)
        return carry_out(minted, attempt=attempt, since=since)

    monkeypatch.setattr(handlers, "carry_out", mint)
    boundaries = crashes.boundaries_of(flow)
    answered = next(each for each in boundaries if str(each).startswith("after a call by gateway"))
    with pytest.raises(AssertionError) as caught:
        crashes.survive(flow, [answered])
    assert caught.value.__notes__ == [f"killed {answered}"]
