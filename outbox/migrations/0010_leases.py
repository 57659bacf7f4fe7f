from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models
from django.db import migrations, models

UNDER_WAY = """
INSERT INTO outbox_lease (claim, subscriber, ends_at, deliveries)
SELECT claim, subscriber, max(claimed_until), array_agg(id)
FROM outbox_delivery WHERE claim IS NOT NULL GROUP BY claim, subscriber
"""

# The code before writes the end of the lease into each delivery that it claims, while both run.
OF_EARLIER_CODE = """
CREATE FUNCTION outbox_lease_of_earlier_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outbox_lease AS l (claim, subscriber, ends_at, deliveries)
    VALUES (NEW.claim, NEW.subscriber, NEW.claimed_until, ARRAY[NEW.id])
    ON CONFLICT (claim) DO UPDATE SET deliveries = l.deliveries || EXCLUDED.deliveries;
    RETURN NULL;
END
$$;
CREATE TRIGGER outbox_lease_of_earlier_code AFTER UPDATE OF claimed_until ON outbox_delivery
    FOR EACH ROW WHEN (NEW.claim IS NOT NULL AND NEW.claimed_until IS NOT NULL)
    EXECUTE FUNCTION outbox_lease_of_earlier_code();
"""
OF_NONE = """
DROP TRIGGER outbox_lease_of_earlier_code ON outbox_delivery;
DROP FUNCTION outbox_lease_of_earlier_code();
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
        migrations.RunSQL(OF_EARLIER_CODE, OF_NONE),
        migrations.RunSQL(UNDER_WAY, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="delivery", name="outbox_delivery_claimed"),
        # The column stays for the code before; this code does not know it.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("delivery", "claimed_until")]
        ),
        migrations.RunSQL(FREE_SPACE % 50, FREE_SPACE % 70),
    ]
