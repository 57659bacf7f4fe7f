"""What every gateway offers, and the three things that it can answer."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The gateway did it; ``reference`` is its own name for what it did."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway refused for good; ``code`` is its word for why."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Silence, a network error or a server error: it may have happened or not."""

    reason: str


Result = Succeeded | Declined | Unknown


class Gateway(Protocol):
    """A payment service provider.

    Calls carry an idempotency key: the same key and parameters have one effect and one answer,
    however often they are sent. No call raises for what the network or the provider does.
    """

    def charge(
        self, *, key: str, amount: int, currency: str, payment_method: str, order_id: str
    ) -> Result:
        """Take ``amount`` minor units, authorised and captured at once."""
        ...

    def refund(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Give back ``amount`` minor units of the charge that ``reference`` names."""
        ...


class UnknownGateway(Exception):
    """The setting ``PAYMENT_GATEWAY`` names no module of ``payments.gateways``."""


@cache
def gateway() -> Gateway:
    """Return the gateway that the setting ``PAYMENT_GATEWAY`` names.

    :raises UnknownGateway: no module of that name has a ``connect()``.
    """
    try:
        module = import_module(f"payments.gateways.{settings.PAYMENT_GATEWAY}")
    except ModuleNotFoundError as error:
        raise UnknownGateway(
            f"PAYMENT_GATEWAY={settings.PAYMENT_GATEWAY}: no such module in payments/gateways"
        ) from error
    connected: Gateway = module.connect()
    return connected
