"""The project's addresses, and beside them the same page as the framework's guide would have it."""

from typing import ClassVar

from django.db.models import QuerySet
from django.urls import include, path
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer

from outbox.kit.http.permissions import AUTHENTICATED
from readmodels.api.orders import COLUMNS
from readmodels.models import OrderSummary


class PlainSerializer(serializers.ModelSerializer[OrderSummary]):
    """The same fields, by the framework's own serializer, and no name: it is in no column."""

    id = serializers.UUIDField(source="order_id")

    class Meta:
        model = OrderSummary
        fields: ClassVar = ["id", *COLUMNS]


class NewestFirst(CursorPagination):
    page_size = 50
    ordering = ("-placed_at", "-order_id")


class PlainOrders(ListAPIView[OrderSummary]):
    """The same rows, on the framework's own view, pagination and renderer."""

    needs: ClassVar = {"GET": AUTHENTICATED}
    serializer_class = PlainSerializer
    pagination_class = NewestFirst
    filter_backends = ()
    renderer_classes = (JSONRenderer,)

    def get_queryset(self) -> QuerySet[OrderSummary]:
        return OrderSummary.objects.filter(customer_id=self.request.query_params["customer"])


urlpatterns = [
    path("plain/orders", PlainOrders.as_view()),
    path("", include("config.urls")),
]
