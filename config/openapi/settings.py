"""Settings of drf-spectacular, which writes the OpenAPI document."""

from typing import Any

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Orders",
    "DESCRIPTION": "Place orders that are never lost or duplicated, and follow them.",
    "VERSION": "1",
    "SERVERS": [{"url": "/", "description": "This shop."}],
    "CONTACT": {"name": "The operators of this shop"},
    "LICENSE": {"name": "BSD 3-Clause", "identifier": "BSD-3-Clause"},
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_NAME_OVERRIDES": {
        "AdjustmentKindEnum": "orders.models.AdjustmentKind.values",
        "StatusEnum": "orders.models.OrderStatus.values",
        "ReturnStatusEnum": "orders.models.ReturnStatus.values",
        "ShipmentStatusEnum": "orders.models.ShipmentStatus.values",
    },
    # A PATCH has serializers of its own, which declare their required fields.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.service.share_reason_codes",
        "config.openapi.document.describe_refusals",
        "config.openapi.document.describe_problems",
        "config.openapi.service.describe_service",
        "config.openapi.examples.add_examples",
        "config.openapi.service.remove_unused_components",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
