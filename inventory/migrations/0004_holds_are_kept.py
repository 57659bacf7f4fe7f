"""A hold is kept while its payment is unknown; staff may be allowed to change stock.

The column has a default of the database's own kind: no row is rewritten.
"""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("inventory", "0003_holds_expire")]

    operations: ClassVar = [
        migrations.AddField(
            "reservation",
            "payment_unknown",
            models.BooleanField(
                default=False, help_text="The gateway owes an answer: the hold does not expire."
            ),
        ),
        migrations.AlterModelOptions(
            "stockitem",
            {
                "permissions": [
                    ("receive_stock", "Can receive stock"),
                    ("adjust_stock", "Can adjust stock"),
                    ("write_off_stock", "Can write off stock"),
                ]
            },
        ),
    ]
