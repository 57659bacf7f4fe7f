"""The effect that every messaging system has to bring about: one row per message, once."""

from collections.abc import Sequence

from django.db import connection

TABLE = "CREATE TABLE effect (number bigint PRIMARY KEY)"

# Only while latency is measured: a notification per commit would hold up whoever commits often.
TELL = """
CREATE FUNCTION tell_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('effect', NEW.number::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_effect AFTER INSERT ON effect FOR EACH ROW EXECUTE FUNCTION tell_effect();
"""
TELL_NO_MORE = "DROP FUNCTION tell_effect CASCADE"

_ENTER = "INSERT INTO effect (number) VALUES (%s) ON CONFLICT DO NOTHING"
_ENTER_ALL = "INSERT INTO effect (number) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING"


def enter(number: int) -> None:
    """Bring about the effect of one message."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, [number])


def enter_all(numbers: Sequence[int]) -> None:
    """Bring about the effects of a batch."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTER_ALL, [list(numbers)])
