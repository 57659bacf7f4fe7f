"""What every gateway offers, and the three things that it can answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Protocol, runtime_checkable

from django.conf import settings

from payments.gateways.once import OncePerName


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The gateway did it; ``reference`` is its own name for what it did.

    :ivar amount: the minor units that it says it moved; ``None`` where it does not say.
    """

    reference: str
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway refused for good; ``code`` is its word for why."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Silence, a network error or a server error: it may have happened or not.

    :ivar retry_after: seconds for which the gateway wants to be left alone.
    """

    reason: str
    retry_after: float = 0.0


Result = Succeeded | Declined | Unknown


@dataclass(frozen=True, slots=True)
class Sought:
    """An operation that a gateway is asked about, since its outcome is not known.

    :ivar kind: ``charge``, ``authorize``, ``capture``, ``void`` or ``refund``.
    :ivar reference: the gateway's name for the charge or authorization that it is about; empty
        where it is that charge or authorization itself.
    :ivar since: when it was first asked for.
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


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the gateway's own book: something that it did. ``amount`` is minor units.

    :ivar key: the idempotency key that we gave it; empty for what others asked of it.
    """

    kind: str
    key: str
    order_id: str
    reference: str
    amount: int
    currency: str
    made_at: datetime


@runtime_checkable
class KeepsBook(Protocol):
    """A gateway whose book can be read, line by line, for reconciliation."""

    def entries(self, since: datetime, until: datetime) -> Iterator[Entry]:
        """Yield what was done from ``since`` until before ``until``, the oldest first.

        :raises GatewaySilent: the book cannot be read to its end now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook says, once its signature has been checked.

    :ivar event_id: the gateway's name for the webhook, the same however often it is sent.
    :ivar type: the gateway's word for what happened.
    :ivar kind: the operation it speaks of, and ``key`` its idempotency key; empty for others'.
    :ivar result: what became of that operation; ``None`` where the webhook does not say.
    """

    event_id: str
    type: str
    kind: str
    key: str
    order_id: str
    result: Succeeded | Declined | None
    happened_at: datetime


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
