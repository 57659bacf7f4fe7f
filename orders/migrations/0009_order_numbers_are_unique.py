from typing import ClassVar

from django.db import migrations, models

UNIQUE = """
CREATE UNIQUE INDEX CONCURRENTLY orders_order_number ON orders_order (number)
WHERE NOT number = '';
"""
ANY = "DROP INDEX CONCURRENTLY orders_order_number;"


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("orders", "0008_order_numbers")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    "order",
                    models.UniqueConstraint(
                        fields=["number"],
                        name="orders_order_number",
                        condition=~models.Q(number=""),
                    ),
                )
            ],
            database_operations=[migrations.RunSQL(UNIQUE, ANY)],
        )
    ]
