"""What is owed to subscribers. No other module of the benchmarks knows how the outbox keeps it."""

from tests.benchmarks.stack import Stack

TABLE = "outbox_lane"

OWED = "SELECT EXISTS (SELECT FROM outbox_lane WHERE NOT stopped)"

CALLING = """
SELECT EXISTS (SELECT FROM outbox_lane WHERE subscriber = 'gateway' AND claim IS NOT NULL)
"""

# Ids and times are in the order of the numbers; conversations take their messages in turns.
_PILE_UP = """
WITH piled AS (
    SELECT n, gen_random_uuid() AS id, (n - %(first)s) / %(conversations)s + 1 AS sequence,
           md5(%(first)s || ' ' || (n - %(first)s) %% %(conversations)s)::uuid AS conversation
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), begun AS (
    INSERT INTO outbox_conversation (id, sequence)
    SELECT conversation, max(sequence) FROM piled GROUP BY conversation
), logged AS (
    INSERT INTO outbox_message (id, aggregatetype, aggregateid, sequence, type, version, payload,
                                flow, subscribers, traceparent, recorded_at)
    SELECT id, 'ours', conversation, sequence, 'Counted', 1, jsonb_build_object('number', n),
           '', '{counter}', '', now()
    FROM piled
)
INSERT INTO outbox_lane (correlation_id, subscriber, next, since, due_at)
SELECT conversation, 'counter', 1, now(), now() FROM piled GROUP BY conversation ORDER BY min(n)
"""

# Each conversation has stopped at its first message; what follows is owed behind it.
STOP_LANES = """
WITH stopped AS (
    SELECT n, md5('stopped ' || n)::uuid AS conversation
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), begun AS (
    INSERT INTO outbox_conversation (id, sequence)
    SELECT conversation, %(messages)s FROM stopped
), logged AS (
    INSERT INTO outbox_message (id, aggregatetype, aggregateid, sequence, type, version, payload,
                                flow, subscribers, traceparent, recorded_at)
    SELECT gen_random_uuid(), 'ours', conversation, sequence, 'Counted', 1,
           jsonb_build_object('number', -n * %(messages)s - sequence), '', '{counter}', '',
           now() - interval '1 hour'
    FROM stopped CROSS JOIN generate_series(1, %(messages)s::int) AS sequence
)
INSERT INTO outbox_lane (correlation_id, subscriber, next, since, due_at, attempts, stopped,
                         message_type, error, error_type, traceback)
SELECT conversation, 'counter', 1, now() - interval '1 hour', now() - interval '1 hour', 5, true,
       'Counted', 'it failed', 'ValueError', 'Traceback (most recent call last): it failed'
FROM stopped ORDER BY n
"""
LANES_AT_ONCE = 10_000

_OWE_FROM_THE_LOG = """
INSERT INTO outbox_lane (correlation_id, subscriber, next, since, due_at)
SELECT aggregateid, %(subscriber)s, min(sequence), min(recorded_at), min(recorded_at)
FROM outbox_message WHERE type = ANY(%(types)s) AND aggregateid <> %(but)s
GROUP BY aggregateid ORDER BY aggregateid
"""

_FORGET_ALL_BUT = "DELETE FROM outbox_lane WHERE correlation_id <> %s"


def is_settled(stack: Stack) -> bool:
    """Tell whether nothing is owed."""
    return not stack.ask(OWED)


def wait_until_settled(stack: Stack, *, seconds: float, what: str) -> None:
    """Return once nothing is owed.

    :raises InvalidRun: something still is after so many seconds; ``what`` says what did not happen.
    """
    stack.wait_until(lambda: is_settled(stack), seconds=seconds, what=what)


def pile_up(stack: Stack, messages: int, *, conversations: int | None = None) -> int:
    """Have messages owed to the subscriber that counts, by SQL and with one commit.

    :param conversations: as many as messages without.
    :returns: the number of the first message; its effect is a row of that number.
    """
    first = int(stack.ask("SELECT coalesce(max(number), 0) + 1 FROM effect"))
    piled = {"first": first, "last": first + messages - 1}
    stack.database.execute(_PILE_UP, {**piled, "conversations": conversations or messages})
    return first


def stop_lanes(stack: Stack, lanes: int, *, messages: int) -> None:
    """Have so many conversations stopped at the subscriber that counts, by SQL.

    :param messages: on each of them.
    """
    for first in range(1, lanes + 1, LANES_AT_ONCE):
        last = min(first + LANES_AT_ONCE - 1, lanes)
        stack.database.execute(STOP_LANES, {"first": first, "last": last, "messages": messages})
    vacuum(stack)


def owe_from_the_log(stack: Stack, subscriber: str, types: list[str], *, but: object) -> None:
    """Have all messages of these types owed to a subscriber, except for one conversation's."""
    values = {"subscriber": subscriber, "types": types, "but": but}
    stack.database.execute(_OWE_FROM_THE_LOG, values)


def forget_all_but(stack: Stack, conversation: object) -> None:
    """Remove whatever is known of what was owed, except for one conversation's."""
    stack.database.execute(_FORGET_ALL_BUT, [conversation])


def vacuum(stack: Stack) -> None:
    """Vacuum and analyse the table of what is owed."""
    stack.database.execute(f"VACUUM (ANALYZE) {TABLE}")
