from typing import ClassVar

from django.db import migrations, models

OUTCOMES = [
    ("requested", "Requested"),
    ("requires_action", "requires action"),
    ("processing", "Processing"),
    ("succeeded", "Succeeded"),
    ("declined", "Declined"),
    ("unknown", "Unknown"),
]


class Migration(migrations.Migration):
    """Widen the columns of outcomes; PostgreSQL rewrites no row for that."""

    dependencies: ClassVar = [("payments", "0001_initial")]

    operations: ClassVar = [
        migrations.AlterField(
            "paymentoperation",
            "outcome",
            models.CharField(choices=OUTCOMES, default="requested", max_length=15),
        ),
        migrations.AlterField(
            "webhook", "outcome", models.CharField(blank=True, choices=OUTCOMES, max_length=15)
        ),
    ]
