from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0017_languages_of_confirmations")]

    operations: ClassVar = [
        migrations.AlterModelOptions(
            "customer",
            {
                "permissions": [
                    ("erase_customer", "Can erase a customer"),
                    ("import_customers", "Can export and import lists of customers"),
                ]
            },
        )
    ]
