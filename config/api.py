"""Addresses that two apps serve together: neither knows the other, so they meet here."""

from orders.api.orders import PlaceOrder
from readmodels.api.orders import ListOrders


class Orders(PlaceOrder, ListOrders):
    """``/orders``: orders takes them (POST), the read model shows them (GET)."""
