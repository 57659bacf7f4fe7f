"""Returns, and what of an order they have taken back.

The columns have defaults in the database, so that workers of older code can go on inserting; the
checks are validated after they were added, so that no writer waits for the scan.
"""

from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            "OrderReturn",
            [
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="orders.order",
                    ),
                ),
                ("amount", models.PositiveBigIntegerField(help_text="Minor units.")),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("completed_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "return",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["order"],
                        condition=Q(completed_at__isnull=True),
                        name="orders_one_return_under_way",
                    )
                ],
            },
        ),
        migrations.AddField("order", "fulfilled_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "order",
            "returned_amount",
            models.PositiveBigIntegerField(
                default=0,
                db_default=0,
                help_text="What of it goes or went back with returns, in minor units.",
            ),
        ),
        migrations.AddField(
            "orderline",
            "returned",
            models.PositiveIntegerField(
                default=0, db_default=0, help_text="Units of it that come or came back."
            ),
        ),
        AddConstraintNotValid(
            "order",
            models.CheckConstraint(
                condition=Q(returned_amount__lte=F("amount")), name="orders_order_returned"
            ),
        ),
        AddConstraintNotValid(
            "orderline",
            models.CheckConstraint(
                condition=Q(returned__lte=F("quantity")), name="orders_line_returned"
            ),
        ),
        ValidateConstraint("order", "orders_order_returned"),
        ValidateConstraint("orderline", "orders_line_returned"),
    ]
