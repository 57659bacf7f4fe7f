from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("outbox", "0004_acts_are_append_only")]

    operations: ClassVar = [
        migrations.AddField(
            "delivery",
            "error_type",
            models.CharField(max_length=80, blank=True, db_default=""),
        ),
        migrations.AlterModelOptions(
            "delivery",
            {
                "permissions": [
                    ("redrive_delivery", "Can redrive dead letters"),
                    ("discard_delivery", "Can discard dead letters"),
                ],
                "verbose_name_plural": "deliveries",
            },
        ),
    ]
