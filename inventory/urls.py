"""URLs of inventory."""

from django.urls import path

from inventory.api import AdjustStock, ReceiveStock, WriteOffStock

urlpatterns = [
    path("stock/<path:sku>/receive", ReceiveStock.as_view(), name="receive-stock"),
    path("stock/<path:sku>/adjust", AdjustStock.as_view(), name="adjust-stock"),
    path("stock/<path:sku>/write-off", WriteOffStock.as_view(), name="write-off-stock"),
]
