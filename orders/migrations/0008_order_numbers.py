"""Orders get a number that people can read aloud; those placed before keep none."""

from typing import ClassVar

from django.db import migrations, models

import orders.models.numbers


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0007_quotes_and_vouchers")]

    operations: ClassVar = [
        migrations.AddField(
            "order",
            "number",
            models.CharField(
                max_length=11,
                default=orders.models.numbers.new_number,
                db_default="",
                editable=False,
                help_text="What people call the order.",
            ),
        )
    ]
