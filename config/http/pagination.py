"""Keyset pagination: each page starts after the last row of the one before, at the same cost.

The rows are dictionaries (``QuerySet.values()``). A view declares how its rows are ordered
(``ordering``: all ascending or all descending, a unique column last) and the types of the ordering
columns (``position``), so that a forged cursor is an error and never a query. It may offer further
orderings (``orderings``: such pairs by the name that a client asks for).
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db.models import Model, Q
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE_SIZE = 50
LARGEST_PAGE = 200


class KeysetPagination(BasePagination):
    """Answers ``{"next": address or null, "results": rows}``; there is no count."""

    next: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the page that the request asks for.

        :raises ValidationError: ``cursor``, ``ordering`` or ``page_size`` cannot be used.
        """
        size = _page_size(request.query_params.get("page_size"))
        ordering, position = _ordering(request.query_params.get("ordering"), view)
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(_after(ordering, _decode(cursor, position)))
        rows = list(queryset.order_by(*ordering)[: size + 1])
        if len(rows) > size:
            self.next = replace_query_param(
                request.build_absolute_uri(), "cursor", _encode(ordering, rows[size - 1])
            )
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "The address of the next page; null on the last one.",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        choice = list(getattr(view, "orderings", ()))
        orderings = {
            "name": "ordering",
            "in": "query",
            "schema": {"type": "string", "enum": choice},
            "description": "How the rows are ordered; a cursor serves the one it was given for.",
        }
        return [
            *([orderings] if choice else []),
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
                "description": "Where the page begins; taken from `next`.",
            },
            {
                "name": "page_size",
                "in": "query",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": LARGEST_PAGE,
                    "default": PAGE_SIZE,
                },
                "description": "Rows per page.",
            },
        ]


def _page_size(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise ValidationError({"page_size": [f"Give a number from 1 to {LARGEST_PAGE}."]})
    return int(text)


def _ordering(name: str | None, view: Any) -> tuple[Sequence[str], Any]:
    """Return the columns to order by, and their types."""
    offered: Mapping[str, tuple[Sequence[str], Any]] = getattr(view, "orderings", {})
    if name is None:
        return view.ordering, view.position
    if name not in offered:
        choice = f"Choose one of {', '.join(offered)}." if offered else "Leave it out."
        raise ValidationError({"ordering": [choice]})
    return offered[name]


def _after(ordering: Sequence[str], position: Sequence[Any]) -> Q:
    """Return the condition for rows after a position.

    For columns a, b it is ``a <= x AND (a < x OR b < y)``: the first half lets an index on a be
    used.
    """
    column, *rest = ordering
    name, beyond = column.removeprefix("-"), "lt" if column.startswith("-") else "gt"
    strictly = Q((f"{name}__{beyond}", position[0]))
    if not rest:
        return strictly
    return Q((f"{name}__{beyond}e", position[0])) & (strictly | _after(rest, position[1:]))


def _encode(ordering: Sequence[str], row: Mapping[str, Any] | Model) -> str:
    columns = row if isinstance(row, Mapping) else vars(row)
    position = msgspec.json.encode([columns[column.removeprefix("-")] for column in ordering])
    return base64.urlsafe_b64encode(position).rstrip(b"=").decode()


def _decode(cursor: str, position: Any) -> Sequence[Any]:
    refused = ValidationError({"cursor": ["Take the cursor from `next`, unchanged."]})
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        decoded: Sequence[Any] = msgspec.json.decode(text, type=position)
    except (binascii.Error, ValueError) as error:
        raise refused from error
    # PostgreSQL has no text with a NUL.
    if any("\x00" in each for each in decoded if isinstance(each, str)):
        raise refused
    return decoded
