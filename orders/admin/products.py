"""Admin pages of products and their prices."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from orders.admin.product_acts import KeepsProducts
from orders.models import Product, ProductPrice
from outbox.kit.admin.links import rows
from outbox.kit.admin.pages import ReadOnlyInline
from outbox.kit.money import money


class PriceInline(ReadOnlyInline):
    model = ProductPrice
    ordering = ("-pk",)
    fields = ("amount", "since", "set_by", "set_at")

    @admin.display(description="price")
    def amount(self, price: ProductPrice) -> str:
        return _amount(price.unit_price, price.currency)


@admin.register(Product)
class ProductAdmin(KeepsProducts):
    search_texts = ("sku__startswith",)
    search_help_text = "The beginning of a SKU"
    opens_only_match = True
    ordering = ("sku",)
    list_filter = ("for_sale", "category")
    list_display = ("sku", "name", "category", "price", "for_sale")
    inlines: ClassVar = [PriceInline]
    fields = (
        ("sku", "name", "category"),
        ("price", "others"),
        ("for_sale", "active_from", "active_until"),
        "stock",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        found: QuerySet[Product] = super().get_queryset(request)
        return found.with_prices()  # type: ignore[attr-defined,no-any-return]  # unfold ships no types

    @admin.display(description="list price")
    def price(self, product: Product) -> str:
        return _amount(product.unit_price, product.currency)

    @admin.display(description="in other currencies")
    def others(self, product: Product) -> str:
        return ", ".join(
            _amount(price["unit_price"], price["currency"])
            for price in product.prices
            if price["currency"] != product.currency
        )

    @admin.display(description="stock")
    def stock(self, product: Product) -> SafeString:
        return rows("inventory_stockitem", "Stock of this product", q=product.sku)


def _amount(unit_price: int | None, currency: str) -> str:
    return f"none in {currency}" if unit_price is None else money(unit_price, currency)
