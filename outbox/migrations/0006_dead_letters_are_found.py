from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table is large and busy: its index is built without locking it.
    atomic = False

    dependencies: ClassVar = [("outbox", "0005_scheduled_and_parked")]

    operations: ClassVar = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                models.F("subscriber"),
                models.F("due_at"),
                condition=models.Q(("status", "dead")),
                name="outbox_delivery_dead",
            ),
        ),
    ]
