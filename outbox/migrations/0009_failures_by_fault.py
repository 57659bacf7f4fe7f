from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Find the dead letters and failed attempts of one fault without reading the others."""

    atomic = False

    dependencies: ClassVar = [("outbox", "0008_faults_and_redrives")]

    operations: ClassVar = [
        AddIndexConcurrently(
            "failedattempt", models.Index(F("fault"), F("at"), name="outbox_failure_fault")
        ),
        AddIndexConcurrently(
            "lane",
            models.Index(
                F("fault"), F("id"), condition=Q(stopped=True), name="outbox_lane_fault"
            ),
        ),
    ]
