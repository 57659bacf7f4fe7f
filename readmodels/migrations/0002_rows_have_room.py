from typing import ClassVar

from django.db import migrations

FREE_SPACE = 50
"""Per cent of a page that inserts fill."""


class Migration(migrations.Migration):
    """A row is written again when its order goes on: in its page, if that has room."""

    dependencies: ClassVar = [("readmodels", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (fillfactor = {FREE_SPACE})",
            f"ALTER TABLE {table} RESET (fillfactor)",
        )
        for table in ("readmodels_orderdetail", "readmodels_soldorder", "readmodels_customerorder", "readmodels_moneyatrisk")
    ]
