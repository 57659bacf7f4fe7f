"""Share adjustments among lines, and divide an order into two: the sums always close."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from orders.models import Adjustment, AdjustmentKind, Order, OrderLine
from outbox.kit.money import portion, split


class BelowNothing(ValueError):
    """The adjustments take off more than the lines cost."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The lines and adjustments of an order, not saved yet.

    :ivar vouchers: the ids of the vouchers that it uses, by code.
    """

    lines: Sequence[OrderLine]
    adjustments: Sequence[Adjustment]
    vouchers: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """What the customer pays, in minor units."""
        return sum(line.payable for line in self.lines)

    def belong_to(self, order: Order) -> None:
        """Make the rows those of an order."""
        for line in self.lines:
            line.order = order
        for adjustment in self.adjustments:
            adjustment.order = order


def priced(lines: Sequence[OrderLine], adjustments: Sequence[Adjustment]) -> Priced:
    """Give each line its part of the adjustments.

    What is about one line is that line's; what is about the whole order is shared by the goods'
    amounts.

    :raises BelowNothing: they take off more than there is.
    """
    goods, taxes = _by_line(lines, adjustments)
    rest = sum(each.added for each in adjustments if each.line is None)
    if goods and (min(goods) < 0 or sum(goods) + rest < 0):
        raise BelowNothing("the adjustments take off more than the lines cost")
    shares = split(rest, goods) if lines else []
    for line, amount, tax, share in zip(lines, goods, taxes, shares, strict=True):
        line.adjustment = amount + tax + share - line.amount
    return Priced(lines, adjustments)


def _by_line(
    lines: Sequence[OrderLine], adjustments: Iterable[Adjustment]
) -> tuple[list[int], list[int]]:
    """Return what the goods of each line cost after its own adjustments, and the tax on it."""
    goods, taxes = ({line.number: 0 for line in lines} for _ in range(2))
    for each in adjustments:
        if each.line is not None:
            into = taxes if each.kind == AdjustmentKind.TAX else goods
            into[each.line] += each.added
    return [line.amount + goods[line.number] for line in lines], list(taxes.values())


def divide(
    lines: Sequence[OrderLine], adjustments: Sequence[Adjustment], units_of: Mapping[str, int]
) -> tuple[Priced, Priced]:
    """Divide lines into those covered by the given units by SKU, and the rest.

    Adjustments are divided with what they are about.

    :returns: new lines and adjustments, each list numbered from 1; the total amount is unchanged.
    """
    left = Counter(units_of)
    units = []
    for line in lines:
        units.append(min(line.quantity, left[line.sku]))
        left[line.sku] -= units[-1]
    here = _Adjustments(lines, adjustments, units).parts()
    there, missing = _Part(), _Part()
    for line, taken in zip(lines, units, strict=True):
        amount = portion(line.amount, taken, line.quantity)
        there.add(line, taken, amount)
        missing.add(line, line.quantity - taken, line.amount - amount)
    for each, part in zip(adjustments, here, strict=True):
        there.adjust(each, part)
        missing.adjust(each, each.amount - part)
    return priced(there.lines, there.adjustments), priced(missing.lines, missing.adjustments)


class _Adjustments:
    """Finds what of each adjustment belongs to some units of the lines.

    What is added or taken off is rounded as a running sum with the amount before it. Rounded one by
    one, two discounts could together take off more than is left of their line.
    """

    def __init__(
        self, lines: Sequence[OrderLine], adjustments: Sequence[Adjustment], units: Sequence[int]
    ) -> None:
        self.adjustments = adjustments
        self.units_of = {
            line.number: (taken, line.quantity) for line, taken in zip(lines, units, strict=True)
        }
        self.sum_of: dict[int | None, int] = {line.number: line.amount for line in lines}
        goods, _ = _by_line(lines, adjustments)
        self.whole = (
            sum(goods),
            sum(
                portion(amount, taken, line.quantity)
                for line, taken, amount in zip(lines, units, goods, strict=True)
            ),
        )
        if not self.whole[0]:
            self.whole = sum(line.quantity for line in lines), sum(units)
        self.sum_of[None] = 0

    def parts(self) -> list[int]:
        """Return the part of each adjustment."""
        return [self._part(each) for each in self.adjustments]

    def _part(self, each: Adjustment) -> int:
        if each.line is None:
            whole, part = self.whole
        else:
            part, whole = self.units_of[each.line]
        if each.included or (each.line is not None and each.kind == AdjustmentKind.TAX):
            return portion(each.amount, part, whole)
        before = self.sum_of[each.line]
        self.sum_of[each.line] = after = before + each.amount
        return portion(after, part, whole) - portion(before, part, whole)


class _Part:
    """Collects the lines and adjustments of one part of an order."""

    def __init__(self) -> None:
        self.lines: list[OrderLine] = []
        self.adjustments: list[Adjustment] = []
        self.number_of: dict[int | None, int | None] = {None: None}

    def add(self, line: OrderLine, units: int, amount: int) -> None:
        """Add some units of a line; its discount is what the amount is below their price."""
        if units:
            self.number_of[line.number] = number = len(self.lines) + 1
            self.lines.append(
                OrderLine(
                    number=number,
                    sku=line.sku,
                    name=line.name,
                    quantity=units,
                    unit_price=line.unit_price,
                    discount=units * line.unit_price - amount,
                    amount=amount,
                )
            )

    def adjust(self, each: Adjustment, amount: int) -> None:
        """Add a part of an adjustment, if this part of the order has what it is about."""
        if self.lines and each.line in self.number_of:
            self.adjustments.append(
                Adjustment(
                    number=len(self.adjustments) + 1,
                    kind=each.kind,
                    line=self.number_of[each.line],
                    amount=amount,
                    included=each.included,
                    reason=each.reason,
                    rate=each.rate,
                    jurisdiction=each.jurisdiction,
                )
            )
