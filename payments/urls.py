"""URLs of payments."""

from django.urls import path

from payments.api.payments import ListPayments, ReadPayment
from payments.api.webhooks import ReceiveWebhook

urlpatterns = [
    path("payments", ListPayments.as_view(), name="payments"),
    path("payments/<uuid:payment_id>", ReadPayment.as_view(), name="payment"),
    path("payments/webhooks/<slug:gateway>", ReceiveWebhook.as_view(), name="receive-webhook"),
]
