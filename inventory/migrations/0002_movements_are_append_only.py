from typing import ClassVar

from django.db import migrations

APPEND_ONLY = """
CREATE TRIGGER inventory_movement_append_only BEFORE UPDATE OR DELETE ON inventory_stockmovement
    FOR EACH ROW EXECUTE FUNCTION outbox_refuse_change();
"""
CHANGEABLE = "DROP TRIGGER inventory_movement_append_only ON inventory_stockmovement;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("inventory", "0001_initial"),
        ("outbox", "0003_acts_are_append_only"),
    ]

    operations: ClassVar = [migrations.RunSQL(APPEND_ONLY, CHANGEABLE)]
