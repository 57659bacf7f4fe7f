from typing import ClassVar

from django.db import migrations

FREE_SPACE = 60
"""Per cent of a page that inserts fill."""


class Migration(migrations.Migration):
    """A step is written when it is sent and when it ends: in its page, if that has room."""

    dependencies: ClassVar = [("sagas", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (fillfactor = {FREE_SPACE})",
            f"ALTER TABLE {table} RESET (fillfactor)",
        )
        for table in ("sagas_sagastep",)
    ]
