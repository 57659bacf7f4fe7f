from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0010_languages")]

    operations: ClassVar = [
        migrations.AlterModelOptions(
            "product",
            {"permissions": [("import_products", "Can export and import lists of products")]},
        )
    ]
