"""URLs that only the orders API serves; ``config.api`` has those it shares."""

from django.urls import path

from orders.api.accounts import (
    Confirmations,
    PasswordResets,
    Session,
    SignUps,
)
from orders.api.addresses import (
    AddressesOfCustomer,
    AddressesOfOrder,
    OwnAddress,
    OwnAddresses,
)
from orders.api.cancellations import OrderCancellation
from orders.api.customer_lists import ExportCustomers, ImportCustomers, PlanCustomerImport
from orders.api.customers import Customers, OneCustomer, OwnProfile
from orders.api.expected_returns import GiveUpReturn, ListReturns, ReceiveReturn
from orders.api.guests import GuestOrders
from orders.api.imports import ImportOrders
from orders.api.own_accounts import OwnEmail, OwnPassword, SignOutEverywhere
from orders.api.prices import ProductPrices
from orders.api.product_lists import ExportProducts, ImportProducts, PlanProductImport
from orders.api.products import OneProduct, Products
from orders.api.quotes import AskForQuote
from orders.api.refunds import ApproveProposal, GiveRefund, ListProposals, RefuseProposal
from orders.api.returns import CloseOrder, OrderReturns
from orders.api.shipments import DispatchShipment, ListShipments, PackShipment, UnpackShipment

urlpatterns = [
    path("account/sign-ups", SignUps.as_view(), name="sign-ups"),
    path("account/confirmations", Confirmations.as_view(), name="confirmations"),
    path("account/password-resets", PasswordResets.as_view(), name="password-resets"),
    path("account/session", Session.as_view(), name="session"),
    path("account/sign-out-everywhere", SignOutEverywhere.as_view(), name="sign-out-everywhere"),
    path("account/password", OwnPassword.as_view(), name="own-password"),
    path("account/email", OwnEmail.as_view(), name="own-email"),
    path("guest-orders", GuestOrders.as_view(), name="guest-orders"),
    path("orders/imports", ImportOrders.as_view(), name="import-orders"),
    path("orders/<uuid:order_id>/cancel", OrderCancellation.as_view(), name="cancel-order"),
    path("orders/<uuid:order_id>/returns", OrderReturns.as_view(), name="return-lines"),
    path("orders/<uuid:order_id>/refunds", GiveRefund.as_view(), name="give-refund"),
    path("orders/<uuid:order_id>/shipments", PackShipment.as_view(), name="pack-shipment"),
    path("orders/<uuid:order_id>/close", CloseOrder.as_view(), name="close-order"),
    path("shipments", ListShipments.as_view(), name="shipments"),
    path(
        "shipments/<uuid:shipment_id>/dispatch",
        DispatchShipment.as_view(),
        name="dispatch-shipment",
    ),
    path("shipments/<uuid:shipment_id>/unpack", UnpackShipment.as_view(), name="unpack-shipment"),
    path("returns", ListReturns.as_view(), name="returns"),
    path("returns/<uuid:return_id>/receive", ReceiveReturn.as_view(), name="receive-return"),
    path("returns/<uuid:return_id>/give-up", GiveUpReturn.as_view(), name="give-up-return"),
    path("quotes", AskForQuote.as_view(), name="quotes"),
    path("orders/<uuid:order_id>/addresses", AddressesOfOrder.as_view(), name="order-addresses"),
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
    path("customer-list", ExportCustomers.as_view(), name="customer-list"),
    path("customer-imports", ImportCustomers.as_view(), name="customer-imports"),
    path("customer-imports/preview", PlanCustomerImport.as_view(), name="plan-customer-import"),
    path("customers", Customers.as_view(), name="customers"),
    path("customers/me", OwnProfile.as_view(), name="own-profile"),
    path("customers/me/addresses", OwnAddresses.as_view(), name="own-addresses"),
    path("customers/me/addresses/<uuid:address_id>", OwnAddress.as_view(), name="own-address"),
    path("customers/<uuid:customer_id>", OneCustomer.as_view(), name="customer"),
    path(
        "customers/<uuid:customer_id>/addresses",
        AddressesOfCustomer.as_view(),
        name="customer-addresses",
    ),
]
