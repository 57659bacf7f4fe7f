"""Addresses: a customer's own, and those of one order."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import customer_of, owner_of
from orders.api.problems import KEEPING
from orders.models import Customer, CustomerAddress, OrderAddress
from orders.serializers.addresses import (
    AddressChangesSerializer,
    AddressListSerializer,
    AddressSerializer,
    NewAddressSerializer,
    OrderAddressListSerializer,
    OrderAddressSerializer,
)
from outbox.kit.http.permissions import AUTHENTICATED
from outbox.kit.http.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, changed, only_if, shown

HOME = {
    "name": "Ada Lovelace",
    "street": "12 St James's Square",
    "postal_code": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
}


class OwnAddresses(APIView):
    """The addresses of the requesting customer."""

    needs: ClassVar = {"GET": AUTHENTICATED, "POST": AUTHENTICATED}
    scopes: ClassVar = {"GET": "customers:read", "POST": "customers:write"}
    refusals = KEEPING

    @extend_schema(
        operation_id="addresses_list",
        summary="List one's own addresses",
        responses=AddressListSerializer,
        tags=["addresses"],
    )
    def get(self, request: Request) -> Response:
        return _listed(customer_of(request).id)

    @extend_schema(
        operation_id="addresses_add",
        summary="Add an address",
        description=(
            "Checked by the rules of its country: which fields it needs, how its postal codes are "
            "written, which regions it has. Fields that its addresses do not have are left out."
        ),
        request=NewAddressSerializer,
        parameters=[ETAG],
        responses={201: AddressSerializer},
        examples=[OpenApiExample("London", HOME, request_only=True)],
        tags=["addresses"],
    )
    def post(self, request: Request) -> Response:
        address = services.add_address(
            customer_id=customer_of(request).id, fields=NewAddressSerializer.read(request)
        )
        return changed(_shown(address), status=201)


class OwnAddress(APIView):
    """One address of the requesting customer."""

    needs: ClassVar = {"GET": AUTHENTICATED, "PATCH": AUTHENTICATED, "DELETE": AUTHENTICATED}
    scopes: ClassVar = {
        "GET": "customers:read",
        "PATCH": "customers:write",
        "DELETE": "customers:write",
    }
    refusals = KEEPING

    @extend_schema(
        operation_id="addresses_read",
        summary="Read an address",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: AddressSerializer, 304: None},
        tags=["addresses"],
    )
    def get(self, request: Request, address_id: UUID) -> Response:
        address = CustomerAddress.objects.get(pk=address_id, customer=customer_of(request))
        return shown(request, _shown(address))

    @extend_schema(
        operation_id="addresses_change",
        summary="Change an address",
        description="Orders that were placed with it keep the old one.",
        request=AddressChangesSerializer,
        parameters=[IF_MATCH, ETAG],
        responses=AddressSerializer,
        examples=[OpenApiExample("Next door", {"street": "13 Square"}, request_only=True)],
        tags=["addresses"],
    )
    def patch(self, request: Request, address_id: UUID) -> Response:
        address = services.change_address(
            customer_id=customer_of(request).id,
            address_id=address_id,
            changes=AddressChangesSerializer.read(request),
            check=only_if(request, _shown),
        )
        return changed(_shown(address))

    @extend_schema(
        operation_id="addresses_remove",
        summary="Remove an address",
        description="Orders that were placed with it keep it.",
        parameters=[IF_MATCH],
        responses={204: None},
        tags=["addresses"],
    )
    def delete(self, request: Request, address_id: UUID) -> Response:
        services.remove_address(
            customer_id=customer_of(request).id,
            address_id=address_id,
            check=only_if(request, _shown),
        )
        return Response(status=204)


class AddressesOfCustomer(APIView):
    """The addresses of one customer; staff only."""

    needs: ClassVar = {"GET": "orders.view_customeraddress"}

    @extend_schema(
        operation_id="customers_addresses",
        summary="List the addresses of a customer",
        responses=AddressListSerializer,
        tags=["customers"],
    )
    def get(self, request: Request, customer_id: UUID) -> Response:  # noqa: ARG002 - of every view
        if not Customer.objects.filter(pk=customer_id).exists():
            raise NotFound("There is no such customer.")
        return _listed(customer_id)


class AddressesOfOrder(APIView):
    """Where the parcel and the bill of one order go."""

    needs: ClassVar = {"GET": AUTHENTICATED}
    scopes: ClassVar = {"GET": "orders:read"}

    @extend_schema(
        operation_id="orders_addresses",
        summary="Read the addresses of an order",
        description="As they were when it was placed; none once the customer is erased.",
        responses=OrderAddressListSerializer,
        tags=["orders"],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        owner_of(request, order_id, otherwise="orders.view_orderaddress")
        rows = OrderAddress.objects.filter(order_id=order_id).order_by("-kind")
        return Response({"results": OrderAddressSerializer(rows, many=True).data})


def _listed(customer_id: UUID) -> Response:
    rows = CustomerAddress.objects.filter(customer_id=customer_id).order_by("pk")
    return Response({"results": AddressSerializer(rows, many=True).data})


def _shown(address: CustomerAddress) -> Mapping[str, Any]:
    return AddressSerializer(address).data
