from typing import ClassVar

from django.db import migrations

FREE_SPACE = 70
"""Per cent of a page that inserts fill: an update that changes no index then stays in its page."""


class Migration(migrations.Migration):
    """Leave room for updates, and have vacuum come early: rows of these tables do not stay."""

    dependencies: ClassVar = [("outbox", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET ("
            f"fillfactor = {FREE_SPACE}, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_cost_delay = 0)",
            f"ALTER TABLE {table} RESET ("
            "fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_cost_delay)",
        )
        for table in ("outbox_lane", "outbox_claim", "outbox_conversation")
    ]
