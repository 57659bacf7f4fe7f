"""Check that a user may use a view of the API: its ``needs`` names a permission per method."""

from typing import Any, Final

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from config.access.guest_tokens import GuestPass, is_open_to
from config.access.scopes import scope_for, scopes_of
from outbox.kit.http.permissions import AUTHENTICATED

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class MayDo(IsAuthenticated):
    """Require the permission that the view's ``needs`` names for the method.

    ``needs = {"GET": AUTHENTICATED, "POST": "inventory.receive_stock"}``: a method that is served
    and not named is refused to all, and ``manage.py check`` reports it. A service token has
    no permissions: it needs the scope that the view's ``scopes`` names for the method. A guest may
    use the methods in ``guests`` for one order.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in served(type(view)):
            return True  # and the view answers that it does not serve the method
        if isinstance(request.auth, GuestPass):
            self.message = "A guest's token opens one order, to be read."
            return is_open_to(request.auth, view, method)
        if scopes := scopes_of(request):
            scope = scope_for(view, method)
            self.message = f"This needs the scope {scope}." if scope else "No scope opens this."
            return scope in scopes
        needed = getattr(view, "needs", {}).get(method)
        self.message = f"This needs the permission {needed}."
        return needed == AUTHENTICATED or (needed is not None and request.user.has_perm(needed))


def served(view: type) -> set[str]:
    """Return the methods that a class of views serves."""
    return {method for method in METHODS if hasattr(view, method.lower())}
