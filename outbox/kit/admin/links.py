"""Link admin pages to each other, and show structured data.

Pages are named by table (``orders_order``), since a context does not import the others.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def address_of(row: Model) -> str:
    """Return the URL of the page of a row."""
    table = f"{row._meta.app_label}_{row._meta.model_name}"  # noqa: SLF001 - Django's documented Model._meta API
    return reverse(f"admin:{table}_change", args=[quote(row.pk)])


def link(address: str, text: Any) -> SafeString:
    return format_html('<a href="{}" class="text-link">{}</a>', address, text)


def page(table: str, key: Any, text: Any = None) -> SafeString:
    """Link to the page of one row; the link shows its key or the given text."""
    return link(reverse(f"admin:{table}_change", args=[quote(key)]), text or key)


def timeline(conversation: Any, text: str = "Timeline") -> SafeString:
    """Link to the timeline of a conversation."""
    return link(reverse("timeline", args=[conversation]), text)


def rows(table: str, text: Any, **query: Any) -> SafeString:
    """Link to a list, with a search (``q``) or filters."""
    return link(f"{reverse(f'admin:{table}_changelist')}?{urlencode(query)}", text)


def moment(at: datetime, *, precise: bool = False) -> SafeString:
    """Show a time; the console's script writes it in the zone of the person who looks at it.

    :param precise: to the millisecond.
    """
    written = f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3] if precise else date_format(at, "DATETIME_FORMAT")
    return format_html(
        '<time datetime="{}"{}>{}</time>',
        at.isoformat(),
        SafeString(" data-precise") if precise else "",
        written,
    )


def side_by_side(links: Iterable[SafeString]) -> SafeString:
    return format_html_join(SafeString(" &nbsp;·&nbsp; "), "{}", ((each,) for each in links))


def pretty(data: Any) -> SafeString:
    """Show structured data with one field per line."""
    return preformatted(json.dumps(data, indent=2, ensure_ascii=False))


def preformatted(text: str) -> SafeString:
    return format_html(
        '<pre class="text-xs font-mono whitespace-pre-wrap break-all">{}</pre>', text
    )
