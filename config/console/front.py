"""The first page of the admin says whether it is well, and was, this hour and today."""

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from config.console.charts import SPANS, charts, sums
from config.console.errors import MAY_SEE as ERRORS_SEEN_BY
from config.console.errors import most_errors
from config.console.looking import signs_for
from config.console.states import money_by_age, orders_by_status
from outbox.kit.admin.links import link
from outbox.kit.signs import Verdict, duration, list_address

SEEN_BY = "orders.view_order"
"""The permission to see how many orders there are."""


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the first page shows to those who may see it (``DASHBOARD_CALLBACK``)."""
    return {**context, **_shown(request)}


def live(request: HttpRequest) -> TemplateResponse:
    """Answer with the part of the first page that refreshes while the page is open."""
    return TemplateResponse(request, "admin/console.html", _shown(request))


def _shown(request: HttpRequest) -> dict[str, Any]:
    signs = signs_for(request)
    span = SPANS.get(request.GET.get("span", ""), SPANS["hour"])
    shown: dict[str, Any] = {
        "signs": [sign for sign in signs if sign.verdict != Verdict.WELL],
        "well": [sign for sign in signs if sign.verdict == Verdict.WELL],
        "worst": signs[0].verdict if signs else "",
        "span": span,
        "spans": SPANS.values(),
        "made_at": timezone.now(),
    }
    if request.user.has_perm(ERRORS_SEEN_BY):
        shown["errors"] = most_errors()
    if request.user.has_perm(SEEN_BY):
        shown |= {
            "charts": charts(span),
            "sums": {
                "headers": [
                    *("", "Placed", "Confirmed", "Cancelled", "Failed attempts"),
                    *("Half final within", "95 of 100 within"),
                ],
                "rows": [_in_words(row) for row in sums()],
            },
        }
    if request.user.has_perm("readmodels.view_ordersummary"):
        shown["by_status"] = orders_by_status()
    if request.user.has_perm("readmodels.view_moneyatrisk"):
        shown["at_risk"] = money_by_age()
    return shown


def _in_words(row: list[Any]) -> list[str]:
    name, *counts, median, p95 = row
    times = [duration(each) if each is not None else "-" for each in (median, p95)]
    named = link(list_address("config_minute"), name)
    return [named, *(f"{each:,}" for each in counts), *times]
