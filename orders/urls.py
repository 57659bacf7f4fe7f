"""URLs that only the orders API serves; ``config.api`` has those it shares."""

from django.urls import path

from orders.api.cancellations import OrderCancellation
from orders.api.customers import Customers, OneCustomer, OwnProfile
from orders.api.imports import ImportOrders
from orders.api.prices import ProductPrices
from orders.api.product_lists import ExportProducts, ImportProducts, PlanProductImport
from orders.api.products import OneProduct, Products
from orders.api.quotes import AskForQuote
from orders.api.refunds import ApproveProposal, GiveRefund, ListProposals, RefuseProposal
from orders.api.returns import OrderReturns
from orders.api.shipments import DispatchShipment, ListShipments, PackShipment, UnpackShipment

urlpatterns = [
    path("orders/imports", ImportOrders.as_view(), name="import-orders"),
    path("orders/<uuid:order_id>/cancel", OrderCancellation.as_view(), name="cancel-order"),
    path("orders/<uuid:order_id>/returns", OrderReturns.as_view(), name="return-lines"),
    path("orders/<uuid:order_id>/refunds", GiveRefund.as_view(), name="give-refund"),
    path("orders/<uuid:order_id>/shipments", PackShipment.as_view(), name="pack-shipment"),
    path("shipments", ListShipments.as_view(), name="shipments"),
    path(
        "shipments/<uuid:shipment_id>/dispatch",
        DispatchShipment.as_view(),
        name="dispatch-shipment",
    ),
    path("shipments/<uuid:shipment_id>/unpack", UnpackShipment.as_view(), name="unpack-shipment"),
    path("quotes", AskForQuote.as_view(), name="quotes"),
    path("refund-proposals", ListProposals.as_view(), name="refund-proposals"),
    path(
        "refund-proposals/<uuid:proposal_id>/approve",
        ApproveProposal.as_view(),
        name="approve-refund",
    ),
    path(
        "refund-proposals/<uuid:proposal_id>/refuse",
        RefuseProposal.as_view(),
        name="refuse-refund",
    ),
    path("product-list", ExportProducts.as_view(), name="product-list"),
    path("product-imports", ImportProducts.as_view(), name="product-imports"),
    path("product-imports/preview", PlanProductImport.as_view(), name="plan-product-import"),
    path("product-prices", ProductPrices.as_view(), name="product-prices"),
    path("products", Products.as_view(), name="products"),
    path("products/<path:sku>", OneProduct.as_view(), name="product"),
    path("customers", Customers.as_view(), name="customers"),
    path("customers/me", OwnProfile.as_view(), name="own-profile"),
    path("customers/<uuid:customer_id>", OneCustomer.as_view(), name="customer"),
]
