"""Who may do what through the API."""

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request


class MayDo(IsAuthenticated):
    """Whoever asks is known, and has the permission that the view names for the method.

    A view without a word about it is for everybody who is known, and looks itself whose things it
    shows: ``needs = {"POST": "inventory.receive_stock"}`` is for the staff.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = needed_for(view, request.method or "")
        if not super().has_permission(request, view):
            return False
        self.message = f"This needs the permission {needed}."
        return needed is None or request.user.has_perm(needed)


def needed_for(view: Any, method: str) -> str | None:
    """Name the permission that a view or its class asks for."""
    needs: dict[str, str] = getattr(view, "needs", {})
    return needs.get("GET" if method == "HEAD" else method)
