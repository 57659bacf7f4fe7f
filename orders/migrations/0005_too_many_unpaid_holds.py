from typing import ClassVar

from django.db import migrations, models

REASONS = [
    ("payment_declined", "Payment Declined"),
    ("out_of_stock", "Out Of Stock"),
    ("too_many_unpaid_holds", "Too Many Unpaid Holds"),
    ("payment_unresolved", "Payment Unresolved"),
    ("cancelled_by_customer", "Cancelled By Customer"),
    ("cancelled_by_staff", "Cancelled By Staff"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0004_refund_proposals")]

    operations: ClassVar = [
        migrations.AlterField(
            "order",
            "reason_code",
            models.CharField(blank=True, choices=REASONS, max_length=30),
        ),
    ]
