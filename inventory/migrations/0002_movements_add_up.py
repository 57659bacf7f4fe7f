from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q

APPEND_ONLY = """
CREATE TRIGGER inventory_movement_append_only BEFORE UPDATE OR DELETE ON inventory_stockmovement
    FOR EACH ROW EXECUTE FUNCTION outbox_refuse_change();
"""
CHANGEABLE = "DROP TRIGGER inventory_movement_append_only ON inventory_stockmovement;"

ADDS_UP = (
    Q(kind__in=("received", "restocked"), on_hand_change__gte=0, reserved_change=0)
    | Q(kind="adjusted", reserved_change=0)
    | Q(kind="written_off", on_hand_change__lte=0, reserved_change=0)
    | Q(kind="reserved", on_hand_change=0, reserved_change__gt=0)
    | Q(kind="released", on_hand_change=0, reserved_change__lt=0)
    | Q(kind="consumed", on_hand_change__lt=0, reserved_change=F("on_hand_change"))
)
KINDS = [
    ("received", "Received"),
    ("adjusted", "Adjusted"),
    ("written_off", "written off"),
    ("reserved", "Reserved"),
    ("released", "Released"),
    ("consumed", "Consumed"),
    ("restocked", "Restocked"),
]


class Migration(migrations.Migration):
    # The constraint is validated in a transaction of its own, under a lock that lets writers in.
    atomic = False

    dependencies: ClassVar = [
        ("inventory", "0001_initial"),
        ("outbox", "0003_acts_are_append_only"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            "stockmovement", "kind", models.CharField(choices=KINDS, max_length=11)
        ),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
        AddConstraintNotValid(
            "stockmovement",
            models.CheckConstraint(condition=ADDS_UP, name="inventory_movement_adds_up"),
        ),
        ValidateConstraint("stockmovement", name="inventory_movement_adds_up"),
    ]
