"""The ledger of a payment: amounts are sums over its operations, never stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from payments.models import OPEN, OperationKind, Outcome, Payment, PaymentOperation


@dataclass(slots=True)
class Ledger:
    """A payment and all that was asked of the gateway for it. Amounts are minor units."""

    payment: Payment
    operations: list[PaymentOperation] = field(default_factory=list)

    @property
    def captured(self) -> int:
        """What was taken, refunds not subtracted."""
        return self._sum(OperationKind.CHARGE, OperationKind.CAPTURE)

    @property
    def refunded(self) -> int:
        """What was given back."""
        return self._sum(OperationKind.REFUND)

    @property
    def refundable(self) -> int:
        """What is still with us."""
        return self.captured - self.refunded

    @property
    def charge(self) -> PaymentOperation | None:
        """The latest charge, if one was asked for."""
        charges = [each for each in self.operations if each.kind == OperationKind.CHARGE]
        return max(charges, key=lambda each: each.sequence, default=None)

    @property
    def is_open(self) -> bool:
        """Whether an operation still waits for its answer."""
        return any(each.outcome in OPEN for each in self.operations)

    def operation(self, key: str) -> PaymentOperation:
        """Return the operation of this idempotency key."""
        return next(each for each in self.operations if each.idempotency_key == key)

    def enter(self, kind: OperationKind, amount: int) -> PaymentOperation:
        """Add an operation, not saved yet, under the key ``{order}:{kind}:{sequence}``."""
        sequence = 1 + sum(each.kind == kind for each in self.operations)
        operation = PaymentOperation(
            payment=self.payment,
            kind=kind,
            sequence=sequence,
            idempotency_key=f"{self.payment.order_id}:{kind}:{sequence}",
            amount=amount,
        )
        self.operations.append(operation)
        return operation

    def _sum(self, *kinds: OperationKind) -> int:
        return sum(
            each.amount
            for each in self.operations
            if each.kind in kinds and each.outcome == Outcome.SUCCEEDED
        )


def lock_ledgers(order_ids: Iterable[UUID]) -> dict[UUID, Ledger]:
    """Lock payments, by order in key order so that two batches cannot deadlock."""
    payments = (
        Payment.objects.select_for_update()
        .filter(order_id__in=list(order_ids))
        .order_by("order_id")
    )
    ledgers = {payment.id: Ledger(payment) for payment in payments}
    for operation in PaymentOperation.objects.filter(payment__in=ledgers).order_by("id"):
        ledgers[operation.payment_id].operations.append(operation)
    return {ledger.payment.order_id: ledger for ledger in ledgers.values()}
