"""Admin pages of addresses: for looking only, since erasing a customer has to find them all."""

from typing import Final

from django.contrib import admin
from django.utils.safestring import SafeString

from orders.models import CustomerAddress, OrderAddress
from outbox.kit.admin.links import page
from outbox.kit.admin.pages import ReadOnlyAdmin

_POSTAL: Final = (
    ("name", "company", "phone"),
    ("street", "extra"),
    ("postal_code", "city", "district"),
    ("region", "sorting_code", "country"),
)


@admin.register(CustomerAddress)
class AddressAdmin(ReadOnlyAdmin):
    search_ids = ("id", "customer_id")
    search_help_text = "The beginning of an id, of the address or its customer"
    list_display = ("__str__", "whose")
    list_select_related = ("customer",)
    fields = (*_POSTAL, ("whose", "id"))

    @admin.display(description="customer")
    def whose(self, address: CustomerAddress) -> SafeString:
        return page("orders_customer", address.customer_id, address.customer)


@admin.register(OrderAddress)
class OrderAddressAdmin(ReadOnlyAdmin):
    search_ids = ("order_id",)
    search_help_text = "The beginning of an order's id"
    list_display = ("__str__", "kind", "of_order")
    fields = (*_POSTAL, ("kind", "of_order"))

    @admin.display(description="order")
    def of_order(self, address: OrderAddress) -> SafeString:
        return page("orders_order", address.order_id)
