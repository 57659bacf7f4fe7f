from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("readmodels", "0004_summaries_by_amount")]

    operations: ClassVar = [
        migrations.AddField(
            "ordersummary",
            "backorder_of",
            models.UUIDField(help_text="The order that lacked these goods.", null=True),
        ),
    ]
