from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("readmodels", "0006_payment_until")]

    operations: ClassVar = [
        migrations.AddField(
            model, "number", models.CharField(max_length=11, default="", db_default="")
        )
        for model in ("ordersummary", "orderdetail")
    ]
