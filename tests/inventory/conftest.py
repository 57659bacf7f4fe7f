"""Orders that stock is asked for, although nobody has placed them."""

from uuid import UUID

import pytest

from orders.flows import CHARGE_FIRST
from outbox import conversations, publishing


@pytest.fixture(autouse=True)
def _every_order_takes_a_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody hear how it went: in no flow nobody does, and publishing refuses it."""

    def flow_of(conversation: UUID) -> str:
        return conversations.flow_of(conversation) or CHARGE_FIRST

    monkeypatch.setattr(publishing, "flow_of", flow_of)
