"""Products and prices as CSV: exported, and imported after a preview."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.api.problems import ListNotImported
from orders.serializers.product_lists import (
    ImportedProductsSerializer,
    ProductImportSerializer,
    ProductListSerializer,
    ProductPlanSerializer,
)
from orders.services import product_lists
from orders.services.csv_lists import ListRefused, Plan

LIST = "sku,name,category,currency,price\r\nBOWL-01,Bowl,bowls,GBP,7.00\r\n"


class ExportProducts(APIView):
    """All products, with their prices."""

    needs: ClassVar = {"GET": "orders.import_products"}

    @extend_schema(
        operation_id="products_export",
        summary="Export the products as CSV",
        description=(
            "A row per product and currency, the product's own currency first; staff only. Prices "
            "are decimals of their currency. Texts that a spreadsheet would compute begin with an "
            "apostrophe."
        ),
        responses={(200, "text/csv"): OpenApiTypes.STR},
        examples=[OpenApiExample("Products", LIST, response_only=True, media_type="text/csv")],
        tags=["products"],
    )
    def get(self, _: Request) -> HttpResponse:
        return HttpResponse(
            "".join(product_lists.export_products()),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="products.csv"'},
        )


class PlanProductImport(APIView):
    """What a list would change."""

    needs: ClassVar = {"POST": "orders.import_products"}

    @extend_schema(
        operation_id="products_plan_import",
        summary="Preview an import of products",
        description=(
            "Says what a list would change, and what is wrong with it; nothing is written. "
            "`digest` names what it would change."
        ),
        request=ProductListSerializer,
        responses=ProductPlanSerializer,
        examples=[OpenApiExample("A bowl", {"csv": LIST}, request_only=True)],
        tags=["products"],
    )
    def post(self, request: Request) -> Response:
        plan = product_lists.plan_import(ProductListSerializer.read(request)["csv"])
        return Response(shown(plan))


class ImportProducts(APIView):
    """Change products as planned."""

    needs: ClassVar = {"POST": "orders.import_products"}
    refusals: ClassVar = {ListRefused: ListNotImported}

    @extend_schema(
        operation_id="products_import",
        summary="Import products",
        description=(
            "Carries out what the preview with this `digest` showed: all of it or, if the list has "
            "a problem or the products have changed since, nothing (409). Each change is recorded "
            "as an act."
        ),
        request=ProductImportSerializer,
        responses=ImportedProductsSerializer,
        examples=[
            OpenApiExample(
                "A bowl",
                {"csv": LIST, "digest": "0d3cf95a0c1b6d7e21", "reason": "new in the catalogue"},
                request_only=True,
            )
        ],
        tags=["products"],
    )
    def post(self, request: Request) -> Response:
        wanted = ProductImportSerializer.read(request)
        plan = product_lists.import_products(
            text=wanted["csv"],
            digest=wanted["digest"],
            reason=wanted["reason"],
            actor=request.user.get_username(),
        )
        return Response({"changed": len(plan.changes)})


def shown(plan: Plan) -> dict[str, Any]:
    """Return a plan as an answer has it."""
    return {
        "digest": plan.digest,
        "changes": [
            {
                "line": each.line,
                "sku": each.sku,
                "what": each.what,
                "currency": each.currency,
                "before": dict(each.before),
                "after": dict(each.values),
            }
            for each in plan.changes
        ],
        "problems": [{"line": line, "detail": what} for line, what in plan.problems],
    }
