"""Each movement has a reason; old ones get theirs in batches, and writers wait for one at most.

The code before leaves the reason empty where orders move goods: a trigger puts it in.
"""

from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

BY_KIND = """
CREATE FUNCTION inventory_reason_of(kind text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind WHEN 'reserved' THEN 'ordered' WHEN 'released' THEN 'the order was given up'
                     WHEN 'consumed' THEN 'sent' ELSE 'no reason was given' END
$$;
CREATE FUNCTION inventory_give_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.reason := inventory_reason_of(NEW.kind);
    RETURN NEW;
END
$$;
CREATE TRIGGER inventory_movement_gets_reason BEFORE INSERT ON inventory_stockmovement
    FOR EACH ROW WHEN (NEW.reason = '' AND NEW.kind IN ('reserved', 'released', 'consumed'))
    EXECUTE FUNCTION inventory_give_reason();
"""
BY_NOBODY = """
DROP TRIGGER inventory_movement_gets_reason ON inventory_stockmovement;
DROP FUNCTION inventory_give_reason();
DROP FUNCTION inventory_reason_of(text);
"""

FILL = """
DO $$
DECLARE
    done bigint := 0;
    newest bigint := (SELECT max(id) FROM inventory_stockmovement);
BEGIN
    WHILE done < newest LOOP
        ALTER TABLE inventory_stockmovement DISABLE TRIGGER inventory_movement_append_only;
        UPDATE inventory_stockmovement SET reason = inventory_reason_of(kind)
        WHERE reason = '' AND id > done AND id <= done + 10000;
        ALTER TABLE inventory_stockmovement ENABLE TRIGGER inventory_movement_append_only;
        COMMIT;
        done := done + 10000;
    END LOOP;
END
$$
"""


class Migration(migrations.Migration):
    # Each batch is a transaction of its own.
    atomic = False

    dependencies: ClassVar = [("inventory", "0009_bookings")]

    operations: ClassVar = [
        migrations.AlterField("stockmovement", "reason", models.CharField(max_length=200)),
        migrations.RunSQL(BY_KIND, BY_NOBODY),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        AddConstraintNotValid(
            "stockmovement",
            models.CheckConstraint(condition=~Q(reason=""), name="inventory_movement_has_reason"),
        ),
        ValidateConstraint("stockmovement", name="inventory_movement_has_reason"),
    ]
