"""Addresses of the orders API that it shares with nobody; see ``config.api`` for the others."""

from django.urls import path

from orders.api import ListProducts

urlpatterns = [path("products", ListProducts.as_view(), name="products")]
