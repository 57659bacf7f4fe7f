"""Customers as CSV: exported, and imported after a preview."""

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.api.problems import ListNotImported
from orders.serializers.customer_lists import (
    CustomerImportSerializer,
    CustomerListSerializer,
    CustomerPlanSerializer,
    ImportedCustomersSerializer,
)
from orders.services import customer_lists
from orders.services.csv_lists import ListRefused

LIST = "reference,name,email\r\nC-1815,Ada Lovelace,ada@shop.example\r\n"
PERMISSION = "orders.import_customers"


class ExportCustomers(APIView):
    """All customers."""

    needs: ClassVar = {"GET": PERMISSION}

    @extend_schema(
        operation_id="customers_export",
        summary="Export the customers as CSV",
        description=(
            "A row per customer, but for those who were erased; staff only. Texts that a "
            "spreadsheet would compute begin with an apostrophe."
        ),
        responses={(200, "text/csv"): OpenApiTypes.STR},
        examples=[OpenApiExample("Customers", LIST, response_only=True, media_type="text/csv")],
        tags=["customers"],
    )
    def get(self, _: Request) -> HttpResponse:
        return HttpResponse(
            "".join(customer_lists.export_customers()),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
        )


class PlanCustomerImport(APIView):
    """What a list would change."""

    needs: ClassVar = {"POST": PERMISSION}

    @extend_schema(
        operation_id="customers_plan_import",
        summary="Preview an import of customers",
        description=(
            "Says what a list would change, and what is wrong with it; nothing is written. A row "
            "is found by `id`, else by `reference`; one that is not known is added. `digest` names "
            "what it would change."
        ),
        request=CustomerListSerializer,
        responses=CustomerPlanSerializer,
        examples=[OpenApiExample("Ada", {"csv": LIST}, request_only=True)],
        tags=["customers"],
    )
    def post(self, request: Request) -> Response:
        plan = customer_lists.plan_import(CustomerListSerializer.read(request)["csv"])
        changes = [
            {
                "line": each.line,
                "customer_id": each.customer_id,
                "reference": each.reference,
                "what": each.what,
                "before": dict(each.before),
                "after": dict(each.values),
            }
            for each in plan.changes
        ]
        problems = [{"line": line, "detail": what} for line, what in plan.problems]
        return Response({"digest": plan.digest, "changes": changes, "problems": problems})


class ImportCustomers(APIView):
    """Change customers as planned."""

    needs: ClassVar = {"POST": PERMISSION}
    refusals: ClassVar = {ListRefused: ListNotImported}

    @extend_schema(
        operation_id="customers_import",
        summary="Import customers",
        description=(
            "Carries out what the preview with this `digest` showed: all of it or, if the list has "
            "a problem or the customers have changed since, nothing (409). Each change is recorded "
            "as an act, which names the fields and not their values."
        ),
        request=CustomerImportSerializer,
        responses=ImportedCustomersSerializer,
        examples=[
            OpenApiExample(
                "Ada",
                {"csv": LIST, "digest": "0d3cf95a0c1b6d7e21", "reason": "from the old shop"},
                request_only=True,
            )
        ],
        tags=["customers"],
    )
    def post(self, request: Request) -> Response:
        wanted = CustomerImportSerializer.read(request)
        plan = customer_lists.import_customers(
            text=wanted["csv"],
            digest=wanted["digest"],
            reason=wanted["reason"],
            actor=request.user.get_username(),
        )
        return Response({"changed": len(plan.changes)})
