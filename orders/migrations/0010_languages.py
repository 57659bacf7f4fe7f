from typing import ClassVar

from django.db import migrations, models

HELP = {
    "customer": "Of letters; the shop's, if empty.",
    "order": "Of letters about it: the customer's when the order was placed.",
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0009_order_numbers_are_unique")]

    operations: ClassVar = [
        migrations.AddField(
            model,
            "language",
            models.CharField(
                max_length=10, blank=True, default="", db_default="", help_text=help_text
            ),
        )
        for model, help_text in HELP.items()
    ]
