"""Orders that wait for goods, and those that are split off from them.

The columns have defaults of the database's own kind: no row is rewritten. The constraints are
validated in transactions of their own, under a lock that lets writers in.
"""

from typing import ClassVar

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

STATUSES = [
    ("waiting", "Waiting"),
    ("pending", "Pending"),
    ("confirmed", "Confirmed"),
    ("fulfilled", "Fulfilled"),
    ("cancelling", "Cancelling"),
    ("cancelled", "Cancelled"),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("orders", "0006_sold_where_and_as_what")]

    operations: ClassVar = [
        migrations.AlterField(
            "order",
            "status",
            models.CharField(
                choices=STATUSES, db_index=True, default="pending", max_length=10
            ),
        ),
        migrations.RemoveConstraint("order", "orders_order_status"),
        AddConstraintNotValid(
            "order",
            models.CheckConstraint(
                condition=Q(status__in=[status for status, _ in STATUSES]),
                name="orders_order_status",
            ),
        ),
        ValidateConstraint("order", name="orders_order_status"),
        migrations.AddField(
            "order",
            "partial",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="What is missing goes on waiting as an order of its own: a backorder.",
            ),
        ),
        migrations.AddField(
            "order",
            "backorder_of",
            models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The order that this one was split off from, one at most.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="backorders",
                to="orders.order",
            ),
        ),
        migrations.AddField(
            "order",
            "payment_method",
            models.CharField(
                blank=True,
                db_default="",
                help_text="The gateway's token, kept while the order waits for goods.",
                max_length=120,
            ),
        ),
        migrations.AddField(
            "order",
            "waited_until",
            models.DateTimeField(
                help_text="When a partial order's goods were held for it.", null=True
            ),
        ),
        migrations.AddConstraint(
            "order",
            models.UniqueConstraint(
                condition=Q(backorder_of__isnull=False),
                fields=["backorder_of"],
                name="orders_one_backorder_per_order",
            ),
        ),
    ]
