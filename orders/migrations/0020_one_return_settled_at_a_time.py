from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

NEW = models.UniqueConstraint(
    fields=["order"],
    condition=Q(completed_at__isnull=True)
    & (Q(expected_until__isnull=True) | Q(received_at__isnull=False)),
    name="orders_one_return_settled_at_a_time",
)
OLD = "orders_one_return_under_way"
CREATE = """
    CREATE UNIQUE INDEX CONCURRENTLY orders_one_return_settled_at_a_time
    ON orders_orderreturn (order_id)
    WHERE completed_at IS NULL AND (expected_until IS NULL OR received_at IS NOT NULL)
"""


class Migration(migrations.Migration):
    """The new rule refuses less than the old one, which goes when the new one holds."""

    atomic = False

    dependencies: ClassVar = [("orders", "0019_returns_await_goods")]

    operations: ClassVar = [
        AddIndexConcurrently(
            "orderreturn",
            models.Index(
                fields=["id"],
                name="orders_return_expected",
                condition=Q(
                    expected_until__isnull=False,
                    received_at__isnull=True,
                    given_up_at__isnull=True,
                ),
            ),
        ),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(CREATE, f"DROP INDEX CONCURRENTLY {NEW.name}", elidable=False)],
            [migrations.AddConstraint("orderreturn", NEW)],
        ),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY {OLD}", migrations.RunSQL.noop, elidable=False
                )
            ],
            [migrations.RemoveConstraint("orderreturn", OLD)],
        ),
    ]
