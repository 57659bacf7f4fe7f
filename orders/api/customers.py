"""Customers: their own profile, and all of them for staff."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import customer_of
from orders.api.problems import KEEPING
from orders.models import Customer
from orders.names import customers_called
from orders.serializers.customers import (
    CorrectedCustomerSerializer,
    CustomerSerializer,
    NewCustomerSerializer,
    ProfileSerializer,
)
from outbox.kit.finding import MOST_FOUND, TOO_MANY
from outbox.kit.http.permissions import AUTHENTICATED
from outbox.kit.http.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, changed, only_if, shown


class OwnProfile(APIView):
    """The profile of the requesting customer."""

    needs: ClassVar = {"GET": AUTHENTICATED, "PATCH": AUTHENTICATED}
    scopes: ClassVar = {"GET": "customers:read", "PATCH": "customers:write"}
    refusals = KEEPING

    @extend_schema(
        operation_id="customers_me",
        summary="Read one's own profile",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: CustomerSerializer, 304: None},
        tags=["customers"],
    )
    def get(self, request: Request) -> Response:
        return shown(request, _shown(customer_of(request)))

    @extend_schema(
        operation_id="customers_change_me",
        summary="Change one's own profile",
        description="Orders show the name that their customer has now.",
        request=ProfileSerializer,
        parameters=[IF_MATCH, ETAG],
        responses=CustomerSerializer,
        examples=[OpenApiExample("Moved", {"country": "Germany"}, request_only=True)],
        tags=["customers"],
    )
    def patch(self, request: Request) -> Response:
        customer = services.change_profile(
            customer_id=customer_of(request).id,
            changes=ProfileSerializer.read(request),
            check=only_if(request, _shown),
        )
        return changed(_shown(customer))


class CustomerFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    reference = filters.CharFilter(label="The customer's number in another system.")
    search = extend_schema_field({"type": "string", "maxLength": 200})(
        filters.CharFilter(
            method="find",
            max_length=200,
            label=(
                "Words of a name, an e-mail address or a reference, or their beginnings: case and "
                "accents do not matter."
            ),
        )
    )

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def find(self, rows: QuerySet[Any, Any], _: str, text: str) -> QuerySet[Any, Any]:
        """Keep the customers that match a text.

        :raises ValidationError: too many match.
        """
        found = customers_called(text)
        if len(found) > MOST_FOUND:
            raise ValidationError({"search": [TOO_MANY]})
        return rows.filter(pk__in=found)


@extend_schema_view(
    get=extend_schema(operation_id="customers_list", summary="List customers", tags=["customers"])
)
class Customers(ListAPIView[Customer]):
    """All customers, the newest first; staff only."""

    needs: ClassVar = {"GET": "orders.view_customer", "POST": "orders.add_customer"}
    refusals = KEEPING
    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilters
    ordering: ClassVar = ("-id",)
    position: ClassVar = tuple[UUID]

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = Customer.objects.values(*CustomerSerializer.Meta.fields)
        return rows

    @extend_schema(
        operation_id="customers_admit",
        summary="Add a customer",
        description="`account` is the user name with which the customer uses the API, if any.",
        request=NewCustomerSerializer,
        parameters=[ETAG],
        responses={201: CustomerSerializer},
        examples=[
            OpenApiExample(
                "Ada",
                {"name": "Ada Lovelace", "country": "United Kingdom", "reason": "by telephone"},
                request_only=True,
            )
        ],
        tags=["customers"],
    )
    def post(self, request: Request) -> Response:
        wanted = NewCustomerSerializer.read(request)
        customer = services.add_customer(**wanted, actor=request.user.get_username())
        return changed(_shown(customer), status=201)


class OneCustomer(APIView):
    """One customer; staff only."""

    needs: ClassVar = {"GET": "orders.view_customer", "PATCH": "orders.change_customer"}
    refusals = KEEPING

    @extend_schema(
        operation_id="customers_read",
        summary="Read a customer",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: CustomerSerializer, 304: None},
        tags=["customers"],
    )
    def get(self, request: Request, customer_id: UUID) -> Response:
        customer = Customer.objects.filter(pk=customer_id).first()
        if customer is None:
            raise NotFound("There is no such customer.")
        return shown(request, _shown(customer))

    @extend_schema(
        operation_id="customers_correct",
        summary="Change a customer",
        request=CorrectedCustomerSerializer,
        parameters=[IF_MATCH, ETAG],
        responses=CustomerSerializer,
        examples=[
            OpenApiExample(
                "A new address",
                {"email": "ada@example.org", "reason": "by telephone"},
                request_only=True,
            )
        ],
        tags=["customers"],
    )
    def patch(self, request: Request, customer_id: UUID) -> Response:
        wanted = CorrectedCustomerSerializer.read(request)
        reason = wanted.pop("reason")
        customer = services.correct_customer(
            customer_id=customer_id,
            changes=wanted,
            reason=reason,
            actor=request.user.get_username(),
            check=only_if(request, _shown),
        )
        return changed(_shown(customer))


def _shown(customer: Customer) -> Mapping[str, Any]:
    return CustomerSerializer(customer).data
