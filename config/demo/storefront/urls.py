"""The routes of the demo: those of the project, and the storefront's page."""

from django.urls import include, path

from config.demo.storefront.page import storefront
from config.urls import handler400, handler500

__all__ = ["handler400", "handler500"]

urlpatterns = [
    path("shop/", storefront, name="storefront"),
    path("", include("config.urls")),
]
