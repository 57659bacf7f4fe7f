"""Describe an operation of the OpenAPI document, with what service tokens and guests need."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from config.access.guest_tokens import GUEST_TOKEN
from config.access.scopes import ON_BEHALF_OF, scope_for

GUEST_AUTH: Final = "guestAuth"


class GuestScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass
    """Describes the header with a guest's token."""

    target_class = "config.access.guest_tokens.GuestAuthentication"
    name = GUEST_AUTH

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - its signature
        return {
            "type": "apiKey",
            "in": "header",
            "name": GUEST_TOKEN,
            "description": "What the answer to a guest's order has brought: it opens that order.",
        }


class Schema(AutoSchema):
    """Adds ``On-Behalf-Of`` where service tokens may go, and leaves guests out elsewhere."""

    def get_auth(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_auth()
        is_open = self.method in getattr(self.view, "guests", ())
        return [each for each in found if is_open or GUEST_AUTH not in each]

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
