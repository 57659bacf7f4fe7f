"""Admin pages of products."""

from django.contrib import admin
from django.utils.safestring import SafeString

from orders.models import Product
from outbox.kit.admin.links import rows
from outbox.kit.admin.pages import ReadOnlyAdmin
from outbox.kit.money import money


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    search_texts = ("sku__startswith",)
    search_help_text = "The beginning of a SKU"
    ordering = ("sku",)
    list_filter = ("for_sale",)
    list_display = ("sku", "name", "price", "for_sale")
    fields = (("sku", "name"), ("price", "for_sale"), "stock")

    @admin.display(description="list price")
    def price(self, product: Product) -> str:
        return money(product.unit_price, product.currency)

    @admin.display(description="stock")
    def stock(self, product: Product) -> SafeString:
        return rows("inventory_stockitem", "Stock of this product", q=product.sku)
