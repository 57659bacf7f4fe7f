from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from payments.gateways.port import UnknownGateway, connector


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        """Refuse to start with a gateway that does not exist."""
        try:
            connector(settings.PAYMENT_GATEWAY)
        except UnknownGateway as error:
            raise ImproperlyConfigured(
                f"PAYMENT_GATEWAY cannot be {settings.PAYMENT_GATEWAY!r}:"
                " it wants the name of a module in payments/gateways that has connect()"
            ) from error
