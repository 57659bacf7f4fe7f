"""The clock by which everything is measured that several processes look at: the database's."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return the time, whatever the clock of this machine says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
