"""What vouchers take off the goods of an order."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from orders.models import Adjustment, AdjustmentKind, Voucher
from orders.pricing.lines import OrderRefused
from outbox.kit.clock import database_now
from outbox.kit.money import money

MOST: Final = 5
"""Vouchers of one order."""


class VoucherRefused(OrderRefused):
    """A voucher does not exist, or not for this order.

    :ivar place: the voucher, counted from 0.
    """

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


class VoucherUsedUp(OrderRefused):
    """As many orders as it allows use a voucher already."""


def taken_off(
    codes: Sequence[str], *, goods: int, currency: str
) -> tuple[list[Adjustment], list[Voucher]]:
    """Return what vouchers take off, one after the other; never more than the goods cost.

    :param goods: what the lines cost, in minor units.
    :returns: adjustments that are not saved yet, and their vouchers.
    :raises VoucherRefused: one does not exist, or not for this order.
    :raises VoucherUsedUp: as many orders as it allows use one already.
    """
    known = {voucher.code: voucher for voucher in Voucher.objects.filter(code__in=map(_key, codes))}
    left, adjustments, vouchers = goods, list[Adjustment](), list[Voucher]()
    for place, code in enumerate(codes):
        voucher = known.get(_key(code))
        if voucher is None or voucher in vouchers:
            said = "stands there twice" if voucher else "is no voucher"
            raise VoucherRefused(f"{code} {said}", place)
        if fault := _fault(voucher, goods, currency):
            raise VoucherRefused(f"{code} {fault}", place)
        if voucher.limit is not None and voucher.used >= voucher.limit:
            raise VoucherUsedUp(f"{code} is used up")
        value = min(left, _value(voucher, left))
        left -= value
        vouchers.append(voucher)
        adjustments.append(
            Adjustment(
                number=place + 1, kind=AdjustmentKind.VOUCHER, amount=-value, reason=voucher.code
            )
        )
    return adjustments, vouchers


def _key(code: str) -> str:
    return code.strip().upper()


def _fault(voucher: Voucher, goods: int, currency: str) -> str | None:
    now = database_now()
    if now < voucher.valid_from:
        return "is not valid yet"
    if voucher.valid_until is not None and now >= voucher.valid_until:
        return "is not valid any more"
    if voucher.currency not in {"", currency}:
        return f"is for orders in {voucher.currency}"
    if goods < voucher.minimum:
        return f"is for goods of {money(voucher.minimum, voucher.currency)} or more"
    return None


def _value(voucher: Voucher, goods: int) -> int:
    if voucher.percent is None:
        return voucher.amount or 0
    return int((goods * voucher.percent / 100).quantize(Decimal(1), ROUND_HALF_UP))
