"""The ledger of a payment: its amounts are sums over its operations, never stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from outbox.kit.rows import bulk
from payments.models import (
    BEGINNINGS,
    EFFECTIVE,
    OPEN,
    WRONG_AMOUNT,
    OperationKind,
    Outcome,
    Payment,
    PaymentOperation,
)

TAKING = (OperationKind.CHARGE, OperationKind.CAPTURE)


@dataclass(slots=True)
class Ledger:
    """A payment and its operations. Amounts are minor units."""

    payment: Payment
    operations: list[PaymentOperation] = field(default_factory=list)

    @property
    def captured(self) -> int:
        """The amount charged or captured; refunds are not subtracted."""
        return self._sum(*TAKING)

    @property
    def refunded(self) -> int:
        """The amount refunded."""
        return self._sum(OperationKind.REFUND)

    @property
    def voided(self) -> int:
        """The amount voided."""
        return self._sum(OperationKind.VOID)

    @property
    def outside_charge(self) -> PaymentOperation | None:
        """The charge that a human made outside of the gateway or waived, if any."""
        return next((each for each in self.operations if _is_outside_charge(each)), None)

    @property
    def forgone(self) -> int:
        """The part of the amount that a human waived."""
        outside = self.outside_charge
        return self.payment.amount - outside.amount if outside else 0

    @property
    def has_nothing_forgone(self) -> bool:
        """Whether a human waived everything, and whatever the gateway took is refunded."""
        outside = self.outside_charge
        is_forgone = outside is not None and not outside.amount
        return is_forgone and not (self.is_open or self.set_aside or self.with_gateway)

    @property
    def taken_by_gateway(self) -> list[PaymentOperation]:
        """The charges and captures that succeeded at the gateway."""
        return [
            each
            for each in self.operations
            if each.kind in TAKING and each.outcome == Outcome.SUCCEEDED and not each.outside
        ]

    @property
    def with_gateway(self) -> int:
        """What the gateway took and can still refund; pending refunds are subtracted."""
        going_back = sum(
            each.amount
            for each in self.operations
            if each.kind == OperationKind.REFUND and each.outcome in EFFECTIVE and not each.outside
        )
        return max(0, sum(each.amount for each in self.taken_by_gateway) - going_back)

    @property
    def left(self) -> int:
        """What is not refunded yet; pending refunds are not subtracted."""
        return max(0, self.captured - self.refunded)

    @property
    def refundable(self) -> int:
        """What is not refunded yet; pending refunds are subtracted."""
        under_way = sum(
            each.amount for each in self.open_operations(OperationKind.REFUND) if not each.excess
        )
        return max(0, self.left - under_way)

    @property
    def set_aside(self) -> int:
        """What the gateway sets aside still: authorized, and neither captured nor voided."""
        if any(_ends_authorization(each) for each in self.operations):
            return 0
        captured = self._sum(OperationKind.CAPTURE)
        return max(0, self._sum(OperationKind.AUTHORIZE) - captured)

    @property
    def capturable(self) -> int:
        """What is set aside and can be captured; what was released cannot."""
        return max(0, self.set_aside - self._sum(OperationKind.RELEASE))

    @property
    def is_only_authorized(self) -> bool:
        """Whether the payment began with an authorization, and no human made it outside."""
        begun = self.beginning
        is_authorized = begun is not None and begun.kind == OperationKind.AUTHORIZE
        return is_authorized and self.outside_charge is None

    @property
    def beginning(self) -> PaymentOperation | None:
        """The latest charge or authorization that was requested of the gateway, if any."""
        begun = (each for each in reversed(self.operations) if each.kind in BEGINNINGS)
        return next((each for each in begun if not each.outside), None)

    @property
    def is_open(self) -> bool:
        """Whether an operation still waits for its answer."""
        return bool(self.open_operations())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open, captured or authorized."""
        return not (self.is_open or self.set_aside or self.refundable)

    @property
    def owes_an_act(self) -> bool:
        """Whether an operation is open, or was declined and not made since."""
        if self.payment.given_up and self.is_empty:
            return False
        latest = {
            (each.kind, each.return_id, each.shipment_id, each.excess): each
            for each in self.operations
            if not each.is_part
        }
        return self.is_open or any(
            each.outcome == Outcome.DECLINED and each.kind not in BEGINNINGS
            for each in latest.values()
        )

    @property
    def was_wrong(self) -> bool:
        """Whether the gateway charged or authorized another amount or currency than requested."""
        begun = self.beginning
        return begun is not None and begun.decline_code == WRONG_AMOUNT

    @property
    def last_answer_at(self) -> datetime:
        """When the last operation was concluded; the payment's creation if none was.

        Without a charge made outside of the gateway, excess refunds do not count.
        """
        answered = [
            each.concluded_at
            for each in self.operations
            if each.concluded_at and not (each.excess and self.outside_charge is None)
        ]
        return max(answered, default=self.payment.created_at)

    def open_operations(self, *kinds: OperationKind) -> list[PaymentOperation]:
        """Return the operations of these kinds, or of all, that have no answer yet."""
        return [
            each
            for each in self.operations
            if each.outcome in OPEN and (not kinds or each.kind in kinds)
        ]

    def latest(self, *kinds: OperationKind) -> PaymentOperation | None:
        """Return the latest operation of these kinds."""
        return next((each for each in reversed(self.operations) if each.kind in kinds), None)

    def refund_of(self, return_id: UUID) -> PaymentOperation | None:
        """Return the latest refund for a return, or for the rest of it."""
        return next((each for each in self._of_return(return_id) if not each.is_part), None)

    def paid_for(self, return_id: UUID) -> int:
        """Return how much was refunded for a return."""
        return Ledger(self.payment, self._of_return(return_id)).refunded

    def released_for(self, return_id: UUID) -> int:
        """Return how much of the authorization is not captured because of a return."""
        of_it = [each for each in self.operations if each.return_id == return_id]
        return Ledger(self.payment, of_it)._sum(OperationKind.RELEASE)  # noqa: SLF001 - its own kind

    def void_of(self, return_id: UUID) -> PaymentOperation | None:
        """Return the latest void of the rest with which a return closed its order."""
        voids = (each for each in reversed(self.operations) if each.kind == OperationKind.VOID)
        return next((each for each in voids if each.return_id == return_id), None)

    def capture_of(self, shipment_id: UUID) -> PaymentOperation | None:
        """Return the latest capture for a shipment, or the void in place of its capture."""
        of_it = (each for each in reversed(self.operations) if each.shipment_id == shipment_id)
        return next(of_it, None)

    def left_after(self, capture: PaymentOperation) -> int:
        """Return what was still set aside after a capture for a shipment."""
        if not capture.rest_stays:
            return 0
        place = self.operations.index(capture)
        return Ledger(self.payment, self.operations[: place + 1]).set_aside

    def left_after_return(self, return_id: UUID) -> int:
        """Return what was still set aside once a return was refunded."""
        places = [n for n, each in enumerate(self.operations, 1) if each.return_id == return_id]
        return Ledger(self.payment, self.operations[: max(places, default=None)]).set_aside

    def _of_return(self, return_id: UUID) -> list[PaymentOperation]:
        """Return the refunds for a return, latest first."""
        return [
            each
            for each in reversed(self.operations)
            if each.return_id == return_id and each.kind == OperationKind.REFUND
        ]

    def operation(self, key: str) -> PaymentOperation:
        """Return the operation of this idempotency key."""
        return next(each for each in self.operations if each.idempotency_key == key)

    def enter(
        self,
        kind: OperationKind,
        amount: int,
        *,
        return_id: UUID | None = None,
        shipment_id: UUID | None = None,
        rest_stays: bool = False,
    ) -> PaymentOperation:
        """Add an operation, not saved yet, under the key ``{order}:{kind}:{sequence}``."""
        sequence = 1 + max(
            (each.sequence for each in self.operations if each.kind == kind), default=0
        )
        operation = PaymentOperation(
            payment_id=self.payment.id,
            kind=kind,
            sequence=sequence,
            idempotency_key=f"{self.payment.order_id}:{kind}:{sequence}",
            amount=amount,
            return_id=return_id,
            shipment_id=shipment_id,
            rest_stays=rest_stays,
        )
        self.operations.append(operation)
        return operation

    def _sum(self, *kinds: OperationKind) -> int:
        return sum(
            each.amount
            for each in self.operations
            if each.kind in kinds and each.outcome == Outcome.SUCCEEDED and not each.excess
        )


def _ends_authorization(operation: PaymentOperation) -> bool:
    """Tell whether nothing is set aside any more after an operation."""
    is_ending = operation.kind in (OperationKind.CAPTURE, OperationKind.VOID)
    return is_ending and operation.outcome == Outcome.SUCCEEDED and not operation.rest_stays


def _is_outside_charge(operation: PaymentOperation) -> bool:
    return operation.outside and operation.kind == OperationKind.CHARGE


def lock_ledgers(order_ids: Iterable[UUID]) -> dict[UUID, Ledger]:
    """Lock payments and return their ledgers by order; in key order, so batches cannot deadlock."""
    return _ledgers(order_ids, lock=True)


def read_ledgers(order_ids: Iterable[UUID]) -> dict[UUID, Ledger]:
    """Return the ledgers of orders, without a lock."""
    return _ledgers(order_ids, lock=False)


def _ledgers(order_ids: Iterable[UUID], *, lock: bool) -> dict[UUID, Ledger]:
    payments = bulk.select(Payment, "order_id", list(order_ids), lock=lock)
    ledgers = {payment.id: Ledger(payment) for payment in payments}
    for operation in bulk.select(PaymentOperation, "payment_id", ledgers, order="id"):
        ledgers[operation.payment_id].operations.append(operation)
    return {ledger.payment.order_id: ledger for ledger in ledgers.values()}
