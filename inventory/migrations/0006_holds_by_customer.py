"""Whose hold it is; the column is empty at first, the index is made while orders go on."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("inventory", "0005_holds_by_expiry")]

    operations: ClassVar = [
        migrations.AddField(
            "reservation",
            "customer_id",
            models.UUIDField(null=True, help_text="Whose hold it is."),
        ),
        AddIndexConcurrently(
            "reservation",
            models.Index(
                fields=["customer_id"],
                name="inventory_hold_by_customer",
                condition=Q(status="held"),
            ),
        ),
    ]
