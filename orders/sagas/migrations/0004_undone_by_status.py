from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find sagas that were undone without reading those that were completed."""

    atomic = False

    dependencies: ClassVar = [("sagas", "0003_replies_are_postponed")]

    operations: ClassVar = [
        AddIndexConcurrently(
            "sagainstance",
            models.Index(
                fields=["status", "id"],
                name="sagas_instance_undone",
                condition=models.Q(status__in=("compensated", "resolved_manually")),
            ),
        ),
    ]
