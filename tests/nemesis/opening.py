"""Open the shop of a fault run, inside the application: ``manage.py shell`` calls this."""

import json
import sys

from django.contrib.auth.models import User

from config.access.tokens import issue_token
from inventory.models import MovementKind
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer
from orders.services.products import NewProduct, add_products
from tests.nemesis.goods import PRICE, STOCK


def open_shop(customers: int) -> None:
    """Put goods on sale, and print a token for each customer as JSON.

    Customers are staff too, so that they may choose the flow, pack and refund.
    """
    add_products([NewProduct(sku, sku.title(), PRICE, "GBP") for sku in STOCK])
    change_stock(
        [
            StockChange(sku, units, MovementKind.RECEIVED, "opening")
            for sku, units in STOCK.items()
            if units
        ]
    )
    json.dump([_token(f"customer-{number}") for number in range(customers)], sys.stdout)


def _token(name: str) -> str:
    user = User.objects.create_user(name, is_staff=True, is_superuser=True)
    Customer.objects.create(name=name, email=f"{name}@shop.example", user=user)
    return issue_token(user, name=name, reason="a fault run", actor="faults")
