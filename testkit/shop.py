"""A small shop: goods, a customer, and orders through the public door."""

from dataclasses import dataclass

from inventory.models import MovementKind, StockItem
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer, Order, Product, ProductPrice
from orders.pricing import NewLine
from orders.services import place_in_parts, place_order
from orders.services.products import NewProduct, add_products
from payments.gateways.line import line_to
from testkit.book import empty_book

PRICE = 1250
"""What one unit of anything costs here, in pence."""


@dataclass
class Shop:
    """Places orders through the public door and reads what became of them."""

    customer: Customer

    def receive(self, sku: str, units: int) -> None:
        """Put goods on the shelf, and up for sale."""
        add_products([NewProduct(sku, sku, PRICE, "GBP")])
        change_stock([StockChange(sku, units, MovementKind.RECEIVED, "delivery")])

    def order(
        self,
        lines: dict[str, int] | None = None,
        *,
        payment_method: str = "pm_card_visa",
        flow: str | None = None,
        partial: bool = False,
        reference: str | None = None,
    ) -> Order:
        """Place an order for units by SKU; one mug without any."""
        place = place_in_parts if partial else place_order
        return place(
            customer=self.customer,
            lines=[NewLine(sku, units) for sku, units in (lines or {"MUG": 1}).items()],
            payment_method=payment_method,
            flow=flow,
            reference=reference,
        )

    def reserved(self, sku: str = "MUG") -> int:
        """Say how many units orders hold."""
        return StockItem.objects.get(sku=sku).reserved


def offer(sku: str, price: int, currency: str = "GBP", *, name: str = "") -> None:
    """Put a product up for sale, without goods."""
    add_products([NewProduct(sku, name or sku.title(), price, currency)])


def price_of(sku: str) -> int | None:
    """Return what a product costs now, in its own currency."""
    return Product.objects.with_prices().get(sku=sku).unit_price


def reprice(sku: str, price: int, currency: str = "GBP") -> None:
    """Let a product cost something else from now on."""
    ProductPrice.objects.create(product_id=sku, unit_price=price, currency=currency)


def open_shop() -> Shop:
    """Open a shop with a customer and ten mugs; the gateway has forgotten earlier orders."""
    empty_book()
    line_to.cache_clear()
    shop = Shop(Customer.objects.create(name="Ada Lovelace"))
    shop.receive("MUG", 10)
    return shop


def outcome(order: Order) -> tuple[str, str]:
    """Return how an order stands, and why."""
    order.refresh_from_db()
    return order.status, order.reason_code
