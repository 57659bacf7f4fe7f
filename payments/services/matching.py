"""What a gateway says by itself, and whose it is."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from payments.gateways.results import Declined, Succeeded
from payments.models import BEGINNINGS, PaymentOperation


@dataclass(frozen=True, slots=True)
class News:
    """What a gateway says of an operation by itself.

    :ivar key: the key of the operation; empty where the gateway does not know it, or others asked.
    """

    kind: str
    key: str
    result: Succeeded | Declined

    @property
    def reference(self) -> str:
        """The gateway's name for what it did, or for what came to nothing."""
        return self.result.reference

    def __str__(self) -> str:
        if isinstance(self.result, Declined):
            return f"{self.kind} declined ({self.result.code})"
        return f"{self.kind} of {self.result.amount} {self.result.currency}".rstrip()


def order_in(*texts: str) -> UUID | None:
    """Return the first order that one of these texts names; our keys begin with their order."""
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
    """Return the orders of payments, likewise."""
    begun = PaymentOperation.objects.filter(
        gateway_reference__in=set(references) - {""},
        kind__in=BEGINNINGS,
        outside=False,
        payment__gateway=gateway,
    )
    return dict(begun.values_list("gateway_reference", "payment__order_id"))
