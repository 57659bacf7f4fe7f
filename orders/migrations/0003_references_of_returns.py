"""Returns bear the number by which their caller knows them."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0002_returns")]

    operations: ClassVar = [
        migrations.AddField(
            "orderreturn",
            "reference",
            models.CharField(
                max_length=80,
                null=True,
                unique=True,
                help_text="The number by which the caller knows this return; it is made once.",
            ),
        ),
    ]
