"""Every address of the project, in one table."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import config.access.accounts
import config.console.minute_pages  # noqa: F401 - these register admin pages
from config.access.own_password import OwnPasswordPage
from config.access.service_tokens import RevokeServiceToken, ServiceTokens
from config.api import Orders
from config.console.attention import attention_page, own_page
from config.console.errors import error_page, errors_page, note_page
from config.console.front import live
from config.console.search import search_page
from config.contexts import with_routes
from config.figures import metrics
from config.hand_refunds.api import RefundByHand
from config.hand_refunds.page import hand_refund_page
from config.http import health, problem_pages, problems
from config.next_actions.api import ReadNextAction
from config.timeline.page import timeline_page
from payments.api.sandbox_bank import sandbox_bank_page

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    path("admin/live/", admin.site.admin_view(live), name="console-live"),
    path("admin/errors/", admin.site.admin_view(errors_page), name="errors"),
    path("admin/errors/<slug:key>/", admin.site.admin_view(error_page), name="error"),
    path("admin/errors/<slug:key>/note/", admin.site.admin_view(note_page), name="error-note"),
    path("admin/attention/", admin.site.admin_view(attention_page), name="attention"),
    path("admin/attention/<slug:kind>/<str:key>/", admin.site.admin_view(own_page), name="own"),
    path("admin/search-all/", admin.site.admin_view(search_page), name="search-all"),
    path("admin/timeline/<uuid:order_id>/", admin.site.admin_view(timeline_page), name="timeline"),
    path(
        "admin/hand-refund/<uuid:order_id>/",
        admin.site.admin_view(hand_refund_page),
        name="hand-refund",
    ),
    path("admin/password_change/", admin.site.admin_view(OwnPasswordPage.as_view())),
    path("admin/", admin.site.urls),
    path("livez", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics),
    path("api/v1/orders", Orders.as_view(), name="orders"),
    path(
        "api/v1/orders/<uuid:order_id>/hand-refunds",
        RefundByHand.as_view(),
        name="refund-by-hand",
    ),
    path("api/v1/orders/<uuid:order_id>/next-action", ReadNextAction.as_view(), name="next-action"),
    path("sandbox/bank/<slug:token>", sandbox_bank_page, name="sandbox-bank"),
    path("api/v1/service-tokens", ServiceTokens.as_view(), name="service-tokens"),
    path(
        "api/v1/service-tokens/<int:token_id>/revoke",
        RevokeServiceToken.as_view(),
        name="revoke-service-token",
    ),
    path("api/v1/", include("orders.urls")),
    path("api/v1/", include("payments.urls")),
    path("api/v1/", include("inventory.urls")),
    path("api/v1/", include("outbox.urls")),
    path("api/v1/", include("readmodels.urls")),
    *(path("api/v1/", include(f"{name}.urls")) for name in with_routes()),
    path("problems/", problem_pages.every_problem, name="problems"),
    path("problems/<slug:name>", problem_pages.one_problem, name="problem"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    re_path("^api/", problems.no_such_address),
]

handler400 = problems.bad_request
handler500 = problems.server_error
