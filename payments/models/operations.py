"""The lines of a payment's ledger: what was requested of its gateway, and the answers."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from outbox.kit.rows.lean import LeanModel
from outbox.kit.texts import LONGEST_REASON
from payments.gateways.results import (
    LONGEST_CODE,
    LONGEST_REFERENCE,
    Declined,
    Processing,
    RequiresAction,
    Result,
    Succeeded,
    Unknown,
)
from payments.models.outcomes import (
    COUNTED_ONCE,
    MADE_OUTSIDE,
    OPEN,
    POSTPONED,
    WRONG_AMOUNT,
    OperationKind,
    Outcome,
)
from payments.models.payments import Payment


class PaymentOperation(LeanModel):
    """An operation of the ledger, requested of the gateway; its key is stored before the call.

    Or one that a human made outside of the gateway, with how, and who approved it.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="operations", db_index=False
    )
    kind = models.CharField(max_length=9, choices=OperationKind)
    sequence = models.PositiveSmallIntegerField(help_text="Counts the operations of one kind.")
    idempotency_key = models.CharField(
        max_length=LONGEST_REFERENCE,
        help_text="Ours, or the gateway's own name for an operation that we did not request.",
    )
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    outcome = models.CharField(max_length=15, choices=Outcome, default=Outcome.REQUESTED)
    decline_code = models.CharField(max_length=LONGEST_CODE, blank=True)
    gateway_reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True)
    return_id = models.UUIDField(
        null=True, help_text="The return that is refunded; empty if all is refunded."
    )
    shipment_id = models.UUIDField(null=True, help_text="The shipment whose amount is captured.")
    rest_stays = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A capture after which the rest of the authorization stays set aside.",
    )
    came_late = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The answer came after the payment was given up or settled; not published.",
    )
    made_there = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Made at the gateway without a request of ours.",
    )
    failed_at = models.DateTimeField(
        null=True, help_text="When it failed, after the gateway had reported success."
    )
    outside = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A human made it outside of the gateway.",
    )
    made_by = models.CharField(
        max_length=150, blank=True, default="", db_default="", help_text="The operator."
    )
    approved_by = models.CharField(
        max_length=150,
        blank=True,
        default="",
        db_default="",
        help_text="The second person, above the limit.",
    )
    how = models.CharField(
        max_length=LONGEST_REASON,
        blank=True,
        default="",
        db_default="",
        help_text="The method, in their words.",
    )
    is_part = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A human refunded part of what is owed; the rest is still owed.",
    )
    excess = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Taken though settled outside, or refunded for that or a second time.",
    )
    action_required_at = models.DateTimeField(
        null=True, help_text="When the customer was asked to confirm it with the bank."
    )
    processing_since = models.DateTimeField(null=True, help_text="When the bank had accepted it.")
    postponed_until = models.DateTimeField(
        null=True, help_text="By when the customer or the bank has to settle it."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField(default=timezone.now)
    concluded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["idempotency_key"], name="payments_operation_key"),
            models.UniqueConstraint(
                fields=["payment", "kind", "sequence"], name="payments_operation_sequence"
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(
                    kind__in=("charge", "authorize"), outcome__in=COUNTED_ONCE, outside=False
                ),
                name="payments_one_effective_beginning",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(kind="charge", outside=True),
                name="payments_one_charge_outside",
            ),
            models.CheckConstraint(
                condition=Q(outside=False) | Q(outcome="succeeded") & ~Q(made_by=""),
                name="payments_outside_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(
                    kind__in=("capture", "void"),
                    outcome__in=COUNTED_ONCE,
                    excess=False,
                    rest_stays=False,
                ),
                name="payments_one_effective_ending",
            ),
            models.UniqueConstraint(
                fields=["payment", "shipment_id"],
                condition=Q(shipment_id__isnull=False, outcome__in=COUNTED_ONCE, excess=False),
                name="payments_one_effective_capture_per_shipment",
            ),
            models.UniqueConstraint(
                fields=["payment", "return_id"],
                condition=Q(
                    kind="refund",
                    return_id__isnull=False,
                    outcome__in=COUNTED_ONCE,
                    excess=False,
                    is_part=False,
                ),
                name="payments_one_effective_refund_of_return",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values) & Q(kind__in=OperationKind.values),
                name="payments_operation_kinds_and_outcomes",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["requested_at"],
                name="payments_authorization_asked",
                condition=Q(kind="authorize", outcome="requested"),
            ),
            models.Index(
                fields=["gateway_reference"],
                name="payments_operation_reference",
                condition=Q(kind__in=("charge", "authorize")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.idempotency_key}: {self.outcome}"

    @property
    def is_open(self) -> bool:
        """Whether it has no answer yet."""
        return self.outcome in OPEN

    @property
    def is_postponed(self) -> bool:
        """Whether the customer or the bank has yet to settle it."""
        return self.outcome in POSTPONED

    @property
    def was_overtaken(self) -> bool:
        """Whether a human made it by hand instead of the gateway."""
        return self.outcome == Outcome.DECLINED and self.decline_code == MADE_OUTSIDE

    @property
    def was_wrong(self) -> bool:
        """Whether the gateway moved another amount or currency than requested."""
        return self.outcome == Outcome.SUCCEEDED and self.decline_code == WRONG_AMOUNT

    def record(self, result: Result, now: datetime, *, currency: str) -> None:
        """Record the gateway's answer; the row is not saved.

        The ledger holds what was moved: another amount replaces the requested one. Such a row, and
        one in another currency, is marked ``WRONG_AMOUNT``.

        :param currency: the requested currency.
        """
        self.attempts += 1
        match result:
            case Succeeded(reference, amount, moved_in, _):
                self.outcome, self.gateway_reference = Outcome.SUCCEEDED, reference
                self.concluded_at = now
                if amount not in {None, self.amount} or moved_in not in {"", currency}:
                    self.decline_code = WRONG_AMOUNT
                    self.amount = self.amount if amount is None else amount
            case Declined(code, reference):
                self.outcome, self.decline_code = Outcome.DECLINED, code
                self.gateway_reference, self.concluded_at = reference, now
            case RequiresAction(reference):
                self.outcome, self.gateway_reference = Outcome.REQUIRES_ACTION, reference
            case Processing(reference):
                self.outcome, self.gateway_reference = Outcome.PROCESSING, reference
            case Unknown():
                self.outcome = Outcome.UNKNOWN
