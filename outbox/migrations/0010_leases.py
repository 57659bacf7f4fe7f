from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models
from django.db import migrations, models

UNDER_WAY = """
INSERT INTO outbox_lease (claim, subscriber, ends_at, deliveries)
SELECT claim, subscriber, max(claimed_until), array_agg(id)
FROM outbox_delivery WHERE claim IS NOT NULL GROUP BY claim, subscriber
"""


# Per cent of a page that inserts fill: the rest is for what becomes of the same rows.
FREE_SPACE = "ALTER TABLE outbox_delivery SET (fillfactor = %d)"


class Migration(migrations.Migration):
    """Keep the lease of a claim in a row of its own: claiming a delivery then changes no index."""

    dependencies: ClassVar = [("outbox", "0009_owed_by_subscriber")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "claim",
                    models.UUIDField(
                        help_text="The token that its deliveries bear.",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subscriber", models.CharField(max_length=40)),
                (
                    "ends_at",
                    models.DateTimeField(
                        help_text="From then on anyone may claim what is left of it."
                    ),
                ),
                (
                    "deliveries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        django.db.models.F("subscriber"),
                        django.db.models.F("ends_at"),
                        name="outbox_lease_by_end",
                    )
                ],
            },
        ),
        migrations.RunSQL(UNDER_WAY, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="delivery", name="outbox_delivery_claimed"),
        migrations.RemoveField(model_name="delivery", name="claimed_until"),
        migrations.RunSQL(FREE_SPACE % 50, FREE_SPACE % 70),
    ]
