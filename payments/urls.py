"""Addresses of payments."""

from django.urls import path

from payments.api import ReceiveWebhook

urlpatterns = [
    path("payments/webhooks/<slug:gateway>", ReceiveWebhook.as_view(), name="receive-webhook"),
]
