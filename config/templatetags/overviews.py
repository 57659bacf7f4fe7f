"""What the page of an order shows above its rows."""

from typing import TYPE_CHECKING, Any

from django import template
from django.template import Context

if TYPE_CHECKING:
    from orders.models import Order

register = template.Library()


@register.inclusion_tag("admin/order_overview.html", takes_context=True)
def order_overview(context: Context, order: "Order") -> dict[str, Any]:
    """Show what happened to an order, its money and goods, and what can be done now."""
    # Tags are loaded while the classes of admin pages are still being made.
    from config.timeline.overview import overview  # noqa: PLC0415

    return overview(context["request"], order)
