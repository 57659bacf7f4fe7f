from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0016_captures")]

    operations: ClassVar = [
        migrations.AddField(
            "emailconfirmation",
            "language",
            models.CharField(
                max_length=10,
                blank=True,
                default="",
                db_default="",
                help_text="Of the mail; the shop's, if empty.",
            ),
        )
    ]
