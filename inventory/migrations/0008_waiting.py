"""What orders wait for; the index is made, and the constraint validated, while orders go on."""

from typing import ClassVar

import django.utils.timezone
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import Q

STATUSES = [
    ("wanted", "Wanted"),
    ("waiting", "Waiting"),
    ("held", "Held"),
    ("committed", "Committed"),
    ("consumed", "Consumed"),
    ("released", "Released"),
    ("refused", "Refused"),
    ("expired", "Expired"),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("inventory", "0007_refused_reservations")]

    operations: ClassVar = [
        migrations.AlterField(
            "reservation", "status", models.CharField(choices=STATUSES, max_length=9)
        ),
        migrations.AlterField(
            "reservation",
            "created_at",
            models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="Of what waits for goods: since when.",
            ),
        ),
        migrations.RemoveConstraint("reservation", "inventory_reservation_status"),
        AddConstraintNotValid(
            "reservation",
            models.CheckConstraint(
                condition=Q(status__in=[status for status, _ in STATUSES]),
                name="inventory_reservation_status",
            ),
        ),
        ValidateConstraint("reservation", name="inventory_reservation_status"),
        AddIndexConcurrently(
            "reservation",
            models.Index(
                condition=Q(status="waiting"), fields=["sku"], name="inventory_waiting_by_sku"
            ),
        ),
    ]
