from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Let the planner know how much is owed to whom: statuses depend on subscribers.

    Without it a claim seems to want all that is owed, of which it takes the oldest few.
    """

    dependencies: ClassVar = [("outbox", "0008_heartbeats")]

    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE STATISTICS outbox_delivery_owed_by (mcv)"
            " ON subscriber, status FROM outbox_delivery",
            "DROP STATISTICS outbox_delivery_owed_by",
        ),
    ]
