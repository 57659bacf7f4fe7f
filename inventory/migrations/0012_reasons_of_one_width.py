"""Reasons are as long as every door takes them; the trigger that names the column looks away."""

from importlib import import_module
from typing import ClassVar

from django.db import migrations, models

trigger = import_module("inventory.migrations.0010_movements_have_reasons")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("inventory", "0011_lean_indexes")]

    operations: ClassVar = [
        migrations.RunSQL(trigger.BY_NOBODY, trigger.BY_KIND),
        migrations.AlterField("stockmovement", "reason", models.CharField(max_length=500)),
        migrations.RunSQL(trigger.BY_KIND, trigger.BY_NOBODY),
    ]
