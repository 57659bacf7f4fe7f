"""The page that shows a new secret, once."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def show_once(
    request: HttpRequest, admin: "ModelAdmin[Any]", *, title: str, note: str, secret: str
) -> TemplateResponse:
    """Answer with a page that shows a secret; neither the browser nor a proxy keeps it.

    :param note: what to do with it now.
    """
    page = TemplateResponse(
        request,
        "outbox/show_once.html",
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "title": title,
            "note": note,
            "secret": secret,
        },
    )
    add_never_cache_headers(page)
    return page
