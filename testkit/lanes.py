"""What is owed, as a test wants it: everything once more, or stopped by a dead letter."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from config.audit import findings
from config.audit.messages import MESSAGES
from outbox.models import Lane

ANSWERED_TWICE = "a command was answered twice"

# Members of a group are owed it apart, in lanes of their own.
_OWE_AGAIN = """
WITH heard AS (
    SELECT name, aggregateid AS conversation, min(sequence) AS first, count(*) AS messages
    FROM outbox_message CROSS JOIN unnest(subscribers) AS name
    WHERE cardinality(%(names)s::text[]) = 0 OR name = ANY(%(names)s)
    GROUP BY name, aggregateid
), owed AS (
    INSERT INTO outbox_lane (subscriber, correlation_id, next, since, due_at)
    SELECT name, conversation, first, now(), now() FROM heard
    ON CONFLICT (correlation_id, subscriber) DO UPDATE SET next = EXCLUDED.next
)
SELECT coalesce(sum(messages), 0) FROM heard
"""


def owe_again(*names: str) -> int:
    """Owe these subscribers, or all, once more whatever they were ever owed, from the beginning.

    :returns: how many messages that is, counted at each of its subscribers.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OWE_AGAIN, {"names": list(names)})
        return int(cursor.fetchone()[0])


def owed_to(name: str) -> QuerySet[Lane]:
    """Return the lanes of this name in which something is owed, or stopped."""
    return Lane.objects.filter(subscriber=name)


def stop(name: str, **why: Any) -> None:
    """Let whatever this subscriber is owed be a dead letter."""
    owed_to(name).update(stopped=True, **why)


def stop_member(group: str, member: str) -> None:
    """Let a member of a group be the only one that is owed something, and give it up."""
    owed_to(group).update(subscriber=member, stopped=True)


@pytest.fixture
def handed_twice() -> Iterator[None]:
    """Let a command that is handed to its subscriber twice, on purpose, be answered twice."""
    checks = [check for check in MESSAGES.checks if check.what != ANSWERED_TWICE]
    assert len(checks) == len(MESSAGES.checks) - 1
    once = replace(MESSAGES, checks=checks)
    audited = vars(findings)["INVARIANTS"]  # of which another fixture may have left some out
    kept = [once if each is MESSAGES else each for each in audited]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings, "INVARIANTS", kept)
        yield
