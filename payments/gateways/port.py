"""What every gateway offers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Protocol, runtime_checkable

from django.conf import settings

from payments.gateways.notices import BookEntry, Notice
from payments.gateways.once import OncePerName
from payments.gateways.results import Declined, Disputed, Result, Stage, Succeeded, Unknown

__all__ = [
    "BookEntry",
    "Declined",
    "Disputed",
    "Forged",
    "Gateway",
    "GatewaySilent",
    "KeepsBook",
    "Notice",
    "Result",
    "SendsWebhooks",
    "Sought",
    "Stage",
    "Succeeded",
    "Unknown",
    "UnknownGateway",
    "Unreadable",
    "gateway",
    "gateway_named",
]


@dataclass(frozen=True, slots=True)
class Sought:
    """An operation that a gateway is asked about, since its outcome is not known.

    :ivar kind: ``charge``, ``authorize``, ``capture``, ``void`` or ``refund``.
    :ivar reference: the gateway's name for the charge or authorization that it is about; empty
        where it is that charge or authorization itself.
    :ivar since: when it was first asked for, by our clock.
    """

    kind: str
    key: str
    reference: str
    since: datetime


class Gateway(Protocol):
    """A payment service provider.

    Calls carry an idempotency key: the same key and parameters have one effect and one answer,
    however often they are sent. No call raises for what the network or the provider does.
    ``reference`` is the gateway's name for the charge or authorization of the order.
    """

    def charge(
        self, *, key: str, amount: int, currency: str, payment_method: str, order_id: str
    ) -> Result:
        """Take ``amount`` minor units, authorised and captured at once."""
        ...

    def authorize(
        self, *, key: str, amount: int, currency: str, payment_method: str, order_id: str
    ) -> Result:
        """Set ``amount`` minor units aside on the card, to be captured or voided."""
        ...

    def capture(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Take ``amount`` minor units of an authorization, once; the rest of it is let go."""
        ...

    def void(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Let an authorization of ``amount`` minor units go, of which nothing was captured."""
        ...

    def refund(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Give back ``amount`` minor units of what was captured."""
        ...

    def find(self, sought: Sought) -> Result | None:
        """Look an operation up, without effect; ``None`` if it never arrived there."""
        ...


@runtime_checkable
class KeepsBook(Protocol):
    """A gateway whose book can be read, line by line, for reconciliation."""

    def entries(self, since: datetime, until: datetime) -> Iterator[BookEntry]:
        """Yield what was done from ``since`` until before ``until``, the oldest first.

        :raises GatewaySilent: the book cannot be read to its end now.
        """
        ...


@runtime_checkable
class SendsWebhooks(Protocol):
    """A gateway that tells us by itself what became of an operation."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Check that a webhook is the gateway's own and fresh, and read it.

        :returns: ``None`` if it speaks of nothing that we have to know.
        :raises Forged: it is not the gateway's own, or not fresh.
        :raises Unreadable: it is, but cannot be read.
        """
        ...


class GatewaySilent(Exception):
    """The gateway gave no answer where nothing can be done without one; try later."""


class Forged(Exception):
    """A webhook that the gateway did not sign, or not within the last minutes."""


class Unreadable(Exception):
    """A webhook that is signed but says nothing that can be read."""


class UnknownGateway(Exception):
    """The setting ``PAYMENT_GATEWAY`` names no module of ``payments.gateways``."""


@OncePerName
def gateway_named(name: str) -> Gateway:
    """Return the gateway of a module in ``payments.gateways``.

    :raises UnknownGateway: no module of that name has a ``connect()``.
    """
    try:
        module = import_module(f"payments.gateways.{name}")
        connected: Gateway = module.connect()
    except (ModuleNotFoundError, AttributeError) as error:
        raise UnknownGateway(f"{name}: no such gateway in payments/gateways") from error
    return connected


def gateway() -> Gateway:
    """Return the gateway that the setting ``PAYMENT_GATEWAY`` names: the one of new payments.

    :raises UnknownGateway: no module of that name has a ``connect()``.
    """
    return gateway_named(settings.PAYMENT_GATEWAY)
