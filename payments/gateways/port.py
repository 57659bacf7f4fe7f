"""The interface of a payment gateway, and the gateway that a name or the settings mean."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, Protocol, TypedDict, Unpack, runtime_checkable

from django.conf import settings

from outbox.kit.named import OncePerName, connector_in
from payments.gateways.notices import BookEntry, Notice
from payments.gateways.results import (
    Declined,
    Disputed,
    Postponed,
    Processing,
    RequiresAction,
    Result,
    Stage,
    Succeeded,
    Unknown,
)

__all__ = [
    "BookEntry",
    "CapturesInParts",
    "Declined",
    "Disputed",
    "Forged",
    "Gateway",
    "GatewaySilent",
    "KeepsBook",
    "Notice",
    "PaymentRequest",
    "Postponed",
    "Processing",
    "RequiresAction",
    "Result",
    "SendsWebhooks",
    "Sought",
    "Stage",
    "Succeeded",
    "Unknown",
    "UnknownGateway",
    "Unreadable",
    "connector",
    "gateway",
    "gateway_named",
]


@dataclass(frozen=True, slots=True)
class Sought:
    """An operation of unknown outcome, to be looked up at its gateway.

    :ivar kind: ``charge``, ``authorize``, ``capture``, ``void`` or ``refund``.
    :ivar reference: the gateway's name for the charge or authorization that a capture, void or
        refund belongs to, or of the charge or authorization itself; empty if it is not known.
    :ivar since: when it was first requested, by our clock.
    """

    kind: str
    key: str
    reference: str
    since: datetime


class PaymentRequest(TypedDict):
    """What a charge or an authorization asks for.

    ``key`` is the idempotency key, ``amount`` minor units of ``currency``, ``payment_method`` the
    gateway's token. ``keep`` saves the method, to be charged later without the customer; a success
    says for whom it was saved. ``saved_for`` is for whom it was saved before: the customer is not
    present.
    """

    key: str
    amount: int
    currency: str
    payment_method: str
    order_id: str
    keep: NotRequired[bool]
    saved_for: NotRequired[str]


class Gateway(Protocol):
    """A payment service provider.

    Calls carry an idempotency key: sent again, the same key and parameters have one effect and get
    the same answer. No call raises on a fault of the network or the provider.
    ``reference`` is the gateway's name for the charge or authorization of the order.
    """

    def charge(self, **asked: Unpack[PaymentRequest]) -> Result:
        """Take ``amount`` minor units, authorized and captured at once."""
        ...

    def authorize(self, **asked: Unpack[PaymentRequest]) -> Result:
        """Reserve ``amount`` minor units on the card, to be captured or voided."""
        ...

    def capture(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Take ``amount`` minor units of an authorization, once; the rest is released."""
        ...

    def void(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Release an authorization, or the rest of it: ``amount`` minor units."""
        ...

    def refund(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Refund ``amount`` minor units of what was captured."""
        ...

    def cancel(self, *, key: str, reference: str) -> Result:
        """Cancel a charge or an authorization that waits for the customer or the bank.

        The result is that of the charge or authorization: ``Declined`` with the code ``canceled``,
        ``Succeeded`` if it was made before, ``Processing`` if it can no longer be canceled.

        :param key: that of the charge or authorization.
        """
        ...

    def find(self, sought: Sought) -> Result | None:
        """Look an operation up without any effect; ``None`` if it never arrived there."""
        ...


@runtime_checkable
class CapturesInParts(Protocol):
    """A gateway that captures an authorization several times, as an order leaves in shipments.

    With any other, all that is due is captured with the first shipment.
    """

    def capture_part(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Take ``amount`` minor units of an authorization; the rest stays set aside."""
        ...


@runtime_checkable
class KeepsBook(Protocol):
    """A gateway whose book can be read for reconciliation."""

    def entries(self, since: datetime, until: datetime) -> Iterator[BookEntry]:
        """Yield what was done from ``since`` until before ``until``.

        :raises GatewaySilent: the book cannot be read completely now.
        """
        ...


@runtime_checkable
class SendsWebhooks(Protocol):
    """A gateway that reports the outcome of operations by webhook."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Verify the signature of a webhook and read it.

        :returns: ``None`` if its type does not concern us.
        :raises Forged: the gateway did not sign it, or not within the last minutes.
        :raises Unreadable: it is signed, but has not the form of an event.
        """
        ...


class GatewaySilent(Exception):
    """The gateway did not answer a request for its book; try later."""


class Forged(Exception):
    """A webhook that the gateway did not sign, or not within the last minutes."""


class Unreadable(Exception):
    """A webhook that is signed, but has not the form of an event."""


class UnknownGateway(Exception):
    """No module of this name in ``payments.gateways`` has ``connect()``."""


def connector(name: str) -> Callable[[], Gateway]:
    """Return ``connect`` of a module or package in ``payments.gateways``; nothing is connected yet.

    :raises UnknownGateway: no module of that name has it.
    """
    connect = connector_in("payments.gateways", name)
    if connect is None:
        raise UnknownGateway(f"{name}: no such gateway in payments/gateways")
    return connect


@OncePerName
def gateway_named(name: str) -> Gateway:
    """Return the gateway of a module in ``payments.gateways``.

    :raises UnknownGateway: no module of that name has ``connect()``.
    """
    return connector(name)()


def gateway() -> Gateway:
    """Return the gateway of new payments, which the setting ``PAYMENT_GATEWAY`` names.

    :raises UnknownGateway: no module of that name has ``connect()``.
    """
    return gateway_named(settings.PAYMENT_GATEWAY)
