"""The index by which expired holds are found, made while orders go on."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("inventory", "0004_holds_are_kept")]

    operations: ClassVar = [
        AddIndexConcurrently(
            "reservation",
            models.Index(
                fields=["expires_at"],
                name="inventory_hold_by_expiry",
                condition=Q(status="held", payment_unknown=False),
            ),
        ),
    ]
