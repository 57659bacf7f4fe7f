from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from orders.flows import FLOWS


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        """Refuse to start with an unknown flow."""
        if settings.ORDER_FLOW not in FLOWS:
            choice = ", ".join(sorted(FLOWS))
            raise ImproperlyConfigured(
                f"ORDER_FLOW cannot be {settings.ORDER_FLOW!r}: it wants one of {choice}"
            )
