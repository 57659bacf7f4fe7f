from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    """Find acts by time, actor or verb without reading them all."""

    atomic = False

    dependencies: ClassVar = [("outbox", "0009_failures_by_fault")]

    operations: ClassVar = [
        AddIndexConcurrently("operatoract", index)
        for index in (
            models.Index(fields=["at"], name="outbox_act_at"),
            models.Index(F("actor"), F("id"), name="outbox_act_actor"),
            models.Index(F("verb"), F("id"), name="outbox_act_verb"),
        )
    ]
