"""Capture what is authorized, shipment by shipment."""

from collections.abc import Sequence

from django.db import transaction

from payments.commands import CapturePaymentPart
from payments.gateways.port import CapturesInParts, gateway_named
from payments.ledger import Ledger, lock_ledgers
from payments.models import OperationKind, Outcome
from payments.services.announcements import announce_part_captured, announce_withdrawn
from payments.services.requesting import Entry, request


class NothingAuthorized(Exception):
    """A capture was requested without an authorization."""


@transaction.atomic(savepoint=False)
def capture_parts(commands: Sequence[CapturePaymentPart]) -> None:
    """Capture the amounts of shipments; for one that is captured, publish that again.

    Of an order that was charged at once, nothing is left to capture. A gateway that captures an
    authorization only once captures all of it with the first shipment.

    :raises NothingAuthorized: an order never had a charge or an authorization.
    """
    known = lock_ledgers(command.order_id for command in commands)
    entries: list[Entry] = []
    for command in commands:
        ledger = known.get(command.order_id)
        if ledger is None or (ledger.beginning is None and ledger.outside_charge is None):
            raise NothingAuthorized(f"order {command.order_id} has no payment to capture")
        before = ledger.capture_of(command.shipment_id)
        if before and before.is_open:
            continue
        if not ledger.is_only_authorized or (before and before.outcome == Outcome.SUCCEEDED):
            announce_part_captured(ledger, command.shipment_id)
        elif ledger.payment.given_up:
            announce_withdrawn(ledger, command.shipment_id, command.amount)
        elif entry := _entry(ledger, command):
            entries.append(entry)
        else:
            announce_part_captured(ledger, command.shipment_id)
    request(entries)


def captures_in_parts(name: str) -> bool:
    """Tell whether a gateway captures an authorization several times."""
    return isinstance(gateway_named(name), CapturesInParts)


def _entry(ledger: Ledger, command: CapturePaymentPart) -> Entry | None:
    """Enter the capture for a shipment, or the void of a rest that is not captured."""
    in_parts = captures_in_parts(ledger.payment.gateway)
    amount = min(command.amount, ledger.capturable) if in_parts else ledger.capturable
    shipment_id = command.shipment_id
    if amount:
        rest_stays = in_parts and not command.is_last
        capture = ledger.enter(
            OperationKind.CAPTURE, amount, shipment_id=shipment_id, rest_stays=rest_stays
        )
        return ledger, capture
    if command.is_last and ledger.set_aside:
        void = ledger.enter(OperationKind.VOID, ledger.set_aside, shipment_id=shipment_id)
        return ledger, void
    return None
