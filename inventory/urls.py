"""Addresses of inventory."""

from django.urls import path

from inventory.api import AdjustStock, ReceiveStock, WriteOffStock

urlpatterns = [
    path("stock/<str:sku>/receive", ReceiveStock.as_view(), name="receive-stock"),
    path("stock/<str:sku>/adjust", AdjustStock.as_view(), name="adjust-stock"),
    path("stock/<str:sku>/write-off", WriteOffStock.as_view(), name="write-off-stock"),
]
