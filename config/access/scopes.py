"""What service tokens may do: each view names a scope for each method that is open to them."""

from typing import Any, Final

from rest_framework.request import Request

ON_BEHALF_OF: Final = "On-Behalf-Of"
"""The header in which a service token names the customer for whom it acts."""

SCOPES: Final = {
    "customers:read": "read the profile and addresses of any customer",
    "customers:write": "change them",
    "orders:cancel": "cancel and return orders for any customer",
    "orders:guests": "place orders for guests",
    "orders:place": "place orders for any customer",
    "orders:read": "read the orders of any customer",
    "products:read": "read what is for sale",
}


def scopes_of(request: Request) -> list[str]:
    """Return the scopes of a service token; none for people."""
    return getattr(request.auth, "scopes", None) or []


def scope_for(view: Any, method: str) -> str | None:
    """Return the scope that opens a method of a view to service tokens, if any does."""
    scope: str | None = getattr(view, "scopes", {}).get(method)
    return scope
