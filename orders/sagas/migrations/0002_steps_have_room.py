from typing import ClassVar

from django.db import migrations

FREE_SPACE = 50
"""Per cent of a page that inserts fill."""


class Migration(migrations.Migration):
    """Leave free space in pages, so that later updates of sagas and steps stay in their page."""

    dependencies: ClassVar = [("sagas", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (fillfactor = {FREE_SPACE})",
            f"ALTER TABLE {table} RESET (fillfactor)",
        )
        for table in ("sagas_sagainstance", "sagas_sagastep")
    ]
