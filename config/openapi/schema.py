"""Describe an operation of the OpenAPI document, with what a service token needs for it."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from config.access.scopes import ON_BEHALF_OF, scope_for


class Schema(AutoSchema):
    """Adds ``On-Behalf-Of`` to the operations that are open to service tokens."""

    def get_override_parameters(self) -> list[Any]:
        scope = scope_for(self.view, self.method)
        if scope is None:
            return []
        return [
            OpenApiParameter(
                ON_BEHALF_OF,
                OpenApiTypes.UUID,
                OpenApiParameter.HEADER,
                description=(
                    "For service tokens only: the id of the customer for whom the request is made. "
                    f"The token needs the scope `{scope}`."
                ),
            )
        ]
