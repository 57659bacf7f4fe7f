from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        """Refuse to start with a gateway that is not there."""
        if find_spec(f"payments.gateways.{settings.PAYMENT_GATEWAY}") is None:
            raise ImproperlyConfigured(
                f"PAYMENT_GATEWAY cannot be {settings.PAYMENT_GATEWAY!r}:"
                " it wants the name of a module in payments/gateways"
            )
