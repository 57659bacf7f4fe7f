"""Holds that expire, and goods that an order wants before it is paid.

The check is added unvalidated and validated afterwards, so that no writer waits for the scan.
"""

from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

STATUSES = ["wanted", "held", "committed", "consumed", "released", "expired"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("inventory", "0002_movements_add_up")]

    operations: ClassVar = [
        migrations.AddField(
            "reservation",
            "expires_at",
            models.DateTimeField(null=True, help_text="Until when a hold is good."),
        ),
        migrations.AlterField(
            "reservation",
            "status",
            models.CharField(
                max_length=9, choices=[(status, status.capitalize()) for status in STATUSES]
            ),
        ),
        migrations.RemoveConstraint("reservation", "inventory_reservation_status"),
        AddConstraintNotValid(
            "reservation",
            models.CheckConstraint(
                condition=models.Q(status__in=STATUSES), name="inventory_reservation_status"
            ),
        ),
        ValidateConstraint("reservation", "inventory_reservation_status"),
    ]
