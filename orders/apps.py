from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from orders.commands import FlagOrder
from orders.flows import FLOWS
from orders.sagas.engine.attention import flags


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        """Refuse to start with an unknown flow or price provider; let sagas flag orders."""
        if settings.ORDER_FLOW not in FLOWS:
            choice = ", ".join(sorted(FLOWS))
            raise ImproperlyConfigured(
                f"ORDER_FLOW cannot be {settings.ORDER_FLOW!r}: it wants one of {choice}"
            )
        flags[FlagOrder] = lambda order_id, reason: FlagOrder(order_id=order_id, reason=reason)
        # Models can be imported only now.
        from orders.pricing.provider import UnknownProvider, connector  # noqa: PLC0415

        try:
            connector(settings.PRICE_PROVIDER)
        except UnknownProvider as error:
            raise ImproperlyConfigured(
                f"PRICE_PROVIDER cannot be {settings.PRICE_PROVIDER!r}: it wants the name of a"
                " module in orders/pricing/providers that has connect()"
            ) from error
