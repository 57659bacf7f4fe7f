"""URLs of the query API; those shared with commands are in ``config.api``."""

from django.urls import path

from readmodels.api.order import ReadOrder, ReadTimeline
from readmodels.api.totals import ListMoneyAtRisk, ListSales, ListStock, ReadCustomerStatistics

urlpatterns = [
    path("orders/<uuid:order_id>", ReadOrder.as_view(), name="order"),
    path("orders/<uuid:order_id>/timeline", ReadTimeline.as_view(), name="order-timeline"),
    path("customers/<uuid:customer_id>/statistics", ReadCustomerStatistics.as_view()),
    path("sales", ListSales.as_view()),
    path("stock", ListStock.as_view()),
    path("money-at-risk", ListMoneyAtRisk.as_view()),
]
