from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find the failed attempts of a minute or a day without reading them all."""

    atomic = False

    dependencies: ClassVar = [("outbox", "0003_acts_are_append_only")]

    operations: ClassVar = [
        AddIndexConcurrently("failedattempt", models.Index(fields=["at"], name="outbox_failure_at")),
    ]
