"""Addresses that two apps serve together: neither may import the other, so config joins them."""

from typing import ClassVar

from orders.api.orders import PlaceOrder
from readmodels.api.orders import ListOrders


class Orders(PlaceOrder, ListOrders):
    """``/orders``: POST places an order, GET lists them from the read model."""

    needs: ClassVar = {**PlaceOrder.needs, **ListOrders.needs}
    scopes: ClassVar = {**PlaceOrder.scopes, **ListOrders.scopes}
