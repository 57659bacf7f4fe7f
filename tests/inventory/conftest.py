"""Orders that ask for stock without having been placed."""

from uuid import UUID

import pytest

from orders.flows import CHARGE_FIRST
from outbox import conversations, publishing


@pytest.fixture(autouse=True)
def _every_order_takes_a_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every order a flow: without one its outcome has no subscriber and is refused."""

    def flow_of(conversation: UUID) -> str:
        return conversations.flow_of(conversation) or CHARGE_FIRST

    monkeypatch.setattr(publishing, "flow_of", flow_of)
