"""Prices move from the product's row to rows of their own.

``orders_product.unit_price`` is not read any more; code that runs beside this may still write it.
"""

from typing import ClassVar

import django.db.models.deletion
from django.core.validators import validate_slug
from django.db import migrations, models
from django.db.models.functions import Now

OPTIONAL = "ALTER TABLE orders_product ALTER COLUMN unit_price DROP NOT NULL;"
REQUIRED = "ALTER TABLE orders_product ALTER COLUMN unit_price SET NOT NULL;"

APPEND_ONLY = """
CREATE TRIGGER orders_price_append_only BEFORE UPDATE OR DELETE ON orders_productprice
    FOR EACH ROW EXECUTE FUNCTION outbox_refuse_change();
"""
CHANGEABLE = "DROP TRIGGER orders_price_append_only ON orders_productprice;"

COPY = """
INSERT INTO orders_productprice (product_id, currency, unit_price)
SELECT sku, currency, unit_price FROM orders_product WHERE unit_price IS NOT NULL;
"""
COPY_BACK = """
UPDATE orders_product SET unit_price = COALESCE(
    (SELECT unit_price FROM orders_productprice
     WHERE product_id = sku AND orders_productprice.currency = orders_product.currency
     ORDER BY since DESC, id DESC LIMIT 1), 0);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("orders", "0001_initial"),
        ("outbox", "0003_acts_are_append_only"),
    ]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("product", "unit_price")],
            database_operations=[migrations.RunSQL(OPTIONAL, REQUIRED)],
        ),
        migrations.AlterField(
            "product",
            "currency",
            models.CharField(
                max_length=3,
                help_text="What orders of it are priced in unless they name another.",
            ),
        ),
        migrations.AddField(
            "product",
            "category",
            models.CharField(
                max_length=40,
                blank=True,
                default="",
                db_default="",
                validators=[validate_slug],
                help_text="A word such as `tea`: what it is taxed and listed as.",
            ),
        ),
        migrations.AddField(
            "product",
            "active_from",
            models.DateTimeField(
                null=True, blank=True, help_text="Not for sale before; always, if empty."
            ),
        ),
        migrations.AddField(
            "product",
            "active_until",
            models.DateTimeField(
                null=True, blank=True, help_text="Not for sale from then on; never ends, if empty."
            ),
        ),
        migrations.AddConstraint(
            "product",
            models.CheckConstraint(
                condition=models.Q(active_until__gt=models.F("active_from"))
                | models.Q(active_from=None)
                | models.Q(active_until=None),
                name="orders_product_active",
            ),
        ),
        migrations.CreateModel(
            "ProductPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        "orders.product",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_history",
                        db_index=False,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "unit_price",
                    models.PositiveBigIntegerField(
                        null=True, help_text="Minor units; empty: not sold in this currency."
                    ),
                ),
                ("since", models.DateTimeField(db_default=Now())),
                (
                    "set_by",
                    models.CharField(blank=True, db_default="", default="", max_length=150),
                ),
                ("set_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "verbose_name": "price",
                "indexes": [
                    models.Index(
                        fields=["product", "currency", "-since", "-id"],
                        name="orders_price_latest",
                    )
                ],
            },
        ),
        migrations.RunSQL(COPY, COPY_BACK),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
    ]
