"""Reports of a gateway, and the orders that they belong to."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from payments.gateways.results import Declined, Processing, Succeeded
from payments.models import BEGINNINGS, PaymentOperation


@dataclass(frozen=True, slots=True)
class News:
    """A gateway's report of an operation, without a call of ours.

    :ivar key: the operation's key; empty if the gateway does not name it, or it is not ours.
    """

    kind: str
    key: str
    result: Succeeded | Declined | Processing

    @property
    def reference(self) -> str:
        """The gateway's name for the operation."""
        return self.result.reference

    def __str__(self) -> str:
        if isinstance(self.result, Declined):
            return f"{self.kind} declined ({self.result.code})"
        if isinstance(self.result, Processing):
            return f"{self.kind} being processed"
        return f"{self.kind} of {self.result.amount} {self.result.currency}".rstrip()


def order_in(*texts: str) -> UUID | None:
    """Return the order id with which one of these texts begins, as our keys do."""
    for text in texts:
        try:
            return UUID(text.partition(":")[0])
        except ValueError:
            continue
    return None


def order_of_payment(gateway: str, reference: str) -> UUID | None:
    """Return the order of a payment, by the gateway's name for its charge or authorization."""
    return orders_of_payments(gateway, [reference]).get(reference)


def orders_of_payments(gateway: str, references: Collection[str]) -> dict[str, UUID]:
    """Return the orders of payments, by the gateway's names for their beginnings."""
    begun = PaymentOperation.objects.filter(
        gateway_reference__in=set(references) - {""},
        kind__in=BEGINNINGS,
        outside=False,
        payment__gateway=gateway,
    )
    return dict(begun.values_list("gateway_reference", "payment__order_id"))
