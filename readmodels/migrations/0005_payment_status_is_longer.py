from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Widen the payment status of orders; PostgreSQL rewrites no row for that."""

    dependencies: ClassVar = [("readmodels", "0004_shipments")]

    operations: ClassVar = [
        migrations.AlterField(
            "orderdetail",
            "payment_status",
            models.CharField(
                choices=[
                    ("unpaid", "Unpaid"),
                    ("awaiting_customer", "awaiting customer"),
                    ("processing", "Processing"),
                    ("authorized", "Authorized"),
                    ("voided", "Voided"),
                    ("paid", "Paid"),
                    ("partly_refunded", "partly refunded"),
                    ("refunded", "Refunded"),
                ],
                db_default="unpaid",
                default="unpaid",
                max_length=20,
            ),
        )
    ]
