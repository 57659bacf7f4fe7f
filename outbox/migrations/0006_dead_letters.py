from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("outbox", "0005_error_types")]

    operations: ClassVar = [
        AddIndexConcurrently(
            "delivery",
            models.Index(
                models.F("subscriber"),
                models.F("id"),
                name="outbox_delivery_dead",
                condition=models.Q(status="dead", settled_at__isnull=True),
            ),
        ),
        AddIndexConcurrently(
            "delivery",
            BrinIndex(
                fields=["settled_at"],
                name="outbox_delivery_settled",
                pages_per_range=32,
                autosummarize=True,
                condition=models.Q(settled_at__isnull=False),
            ),
        ),
    ]
