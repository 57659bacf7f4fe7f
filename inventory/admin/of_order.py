"""What admin pages of reservations and movements have in common."""

from typing import Any, Final

from django.contrib import admin
from django.utils.safestring import SafeString

from outbox.kit.admin.links import page

LATEST: Final = 50
"""Rows that the page of a stock item lists."""


class OfOrder:
    """Adds a link to the row's order."""

    @admin.display(description="order")
    def of_order(self, row: Any) -> SafeString | None:
        return row.order_id and page("orders_order", row.order_id)
