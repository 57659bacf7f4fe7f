"""Addresses of the query API that it shares with nobody; see ``config.api`` for the others."""

from django.urls import path

from readmodels.api import ReadOrder

urlpatterns = [path("orders/<uuid:order_id>", ReadOrder.as_view(), name="order")]
