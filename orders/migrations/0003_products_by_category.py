from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("orders", "0002_product_prices")]

    operations: ClassVar = [
        AddIndexConcurrently(
            "product", models.Index(fields=["category", "sku"], name="orders_product_category")
        )
    ]
