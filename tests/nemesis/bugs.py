"""The bugs that a fault run can plant; ``planted`` puts one of them in."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import pytest
from django.db import transaction

from config.models import IdempotencyKey
from orders.services import announcements
from outbox.publishing import publish
from payments import handlers
from payments.calling import carry_out
from payments.commands import CallGateway
from payments.gateways.port import Declined, Unknown
from tests.nemesis.plants import PLANTS
from tests.planted import test_messaging as messaging


def the_answer_is_kept_apart(patch: pytest.MonkeyPatch) -> None:
    create = IdempotencyKey.objects.create

    def create_later(**fields: Any) -> None:
        transaction.on_commit(partial(create, **fields))

    patch.setattr(IdempotencyKey.objects, "create", create_later)


def a_key_per_try(patch: pytest.MonkeyPatch) -> None:
    def mint(command: CallGateway, *, attempt: int, since: datetime) -> Any:
        key = command.key if attempt == 1 else f"{command.key}:{attempt}"
        minted = msgspec.structs.replace(command, key=key)
        return carry_out(minted, attempt=attempt, since=since)

    patch.setattr(handlers, "carry_out", mint)


def silence_is_a_decline(patch: pytest.MonkeyPatch) -> None:
    def give_up(command: CallGateway, *, attempt: int, since: datetime) -> Any:
        result = carry_out(command, attempt=attempt, since=since)
        return Declined("timeout") if isinstance(result, Unknown) else result

    patch.setattr(handlers, "carry_out", give_up)


def published_later(patch: pytest.MonkeyPatch) -> None:
    def publish_later(message: Any, **headers: Any) -> None:
        transaction.on_commit(partial(transaction.atomic(publish), message, **headers))

    patch.setattr(announcements, "publish", publish_later)


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "answer-kept-apart": the_answer_is_kept_apart,
    "cursor": messaging.a_cursor_instead_of_claims,
    "key-per-try": a_key_per_try,
    "marked-before-handled": messaging.marked_before_it_is_handled,
    "mark-apart": messaging.inbox_in_another_transaction,
    "no-fencing": messaging.no_fencing,
    "no-ticks": messaging.no_relay,
    "published-later": published_later,
    "silence-is-a-decline": silence_is_a_decline,
}
assert PLANTED.keys() == PLANTS.keys()
