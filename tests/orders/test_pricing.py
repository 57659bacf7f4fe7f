"""Sharing adjustments and dividing orders neither loses nor doubles a unit or a penny."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Adjustment, AdjustmentKind, OrderLine
from orders.pricing import Priced, divide
from orders.pricing.dividing import BelowNothing, priced
from outbox.kit.money import split


@st.composite
def lines(draw: st.DrawFn) -> OrderLine:
    quantity, unit_price = draw(st.integers(1, 20)), draw(st.integers(0, 999))
    discount = draw(st.integers(0, quantity * unit_price))
    return OrderLine(
        sku=draw(st.sampled_from("AB")),
        name="a thing",
        quantity=quantity,
        unit_price=unit_price,
        discount=discount,
        amount=quantity * unit_price - discount,
    )


@st.composite
def orders(draw: st.DrawFn) -> Priced:
    """Draw an order with discounts, vouchers, shipping and taxes, in any number and order."""
    ordered = draw(st.lists(lines(), min_size=1, max_size=5))
    for number, line in enumerate(ordered, start=1):
        line.number = number
    numbers = st.none() | st.integers(1, len(ordered))
    left = {line.number: line.amount for line in ordered}
    adjustments: list[Adjustment] = []
    for about in draw(st.lists(numbers, max_size=4)):
        base = sum(left.values()) if about is None else left[about]
        amount = base * draw(st.integers(0, 1000)) // 1000
        for each, part in (
            zip(left, split(amount, list(left.values())), strict=True)
            if about is None
            else [(about, amount)]
        ):
            left[each] -= part
        kind = AdjustmentKind.VOUCHER if about is None else AdjustmentKind.DISCOUNT
        adjustments.append(adjustment(kind, -amount, line=about))
    if draw(st.booleans()):
        adjustments.append(adjustment(AdjustmentKind.SHIPPING, draw(st.integers(0, 999))))
    for about in draw(st.lists(numbers, max_size=4)):
        included = draw(st.booleans())
        tax = draw(st.integers(0, 9999))
        adjustments.append(adjustment(AdjustmentKind.TAX, tax, line=about, included=included))
    for number, made in enumerate(adjustments, start=1):
        made.number = number
    try:
        return priced(ordered, adjustments)
    except (
        BelowNothing
    ):  # a line of which an order-wide voucher had left less than a discount takes
        return priced(ordered, [])


def adjustment(
    kind: AdjustmentKind, amount: int, *, line: int | None = None, included: bool = False
) -> Adjustment:
    is_tax = kind == AdjustmentKind.TAX
    return Adjustment(
        kind=kind,
        line=line,
        amount=amount,
        included=included,
        reason="an example",
        rate=Decimal("20.000") if is_tax else None,
        jurisdiction="GB" if is_tax else "",
    )


def units_of(lines: Sequence[OrderLine]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return units


def added(adjustments: Sequence[Adjustment]) -> int:
    return sum(each.added for each in adjustments)


def by_kind(*parts: Priced) -> Counter[tuple[str, bool]]:
    sums: Counter[tuple[str, bool]] = Counter()
    for part in parts:
        for each in part.adjustments:
            sums[each.kind, each.included] += each.amount
    return Counter({key: amount for key, amount in sums.items() if amount})


@given(orders())
def test_an_order_is_the_sum_of_its_lines_and_adjustments(order: Priced) -> None:
    assert order.amount == sum(line.amount for line in order.lines) + added(order.adjustments)
    assert sum(line.adjustment for line in order.lines) == added(order.adjustments)
    assert all(line.payable >= 0 for line in order.lines)


@given(orders(), st.data())
def test_whatever_goes_one_by_one_adds_up_to_the_order(order: Priced, data: st.DataObject) -> None:
    """Parcels, returns and refunds take units in any portions: the last one closes the sum."""
    total = 0
    left = {line.number: line.quantity for line in order.lines}
    while any(left.values()):
        number = data.draw(st.sampled_from([each for each, units in left.items() if units]))
        line = order.lines[number - 1]
        units = data.draw(st.integers(1, left[number]))
        worth = line.worth_of(units, before=line.quantity - left[number])
        assert worth >= 0
        assert abs(worth * line.quantity - line.payable * units) < line.quantity
        total += worth
        left[number] -= units
    assert total == order.amount


@given(orders(), st.dictionaries(st.sampled_from("AB"), st.integers(0, 50)))
def test_both_parts_together_are_what_was_divided(order: Priced, available: dict[str, int]) -> None:
    there, missing = divide(order.lines, order.adjustments, available)
    wanted = units_of(order.lines)
    assert units_of(there.lines) + units_of(missing.lines) == wanted
    assert units_of(there.lines) == wanted & Counter(available)
    assert order.amount == there.amount + missing.amount
    assert by_kind(order) == by_kind(there, missing)
    for part in (there, missing):
        assert part.amount == sum(line.amount for line in part.lines) + added(part.adjustments)
        assert [line.number for line in part.lines] == list(range(1, len(part.lines) + 1))
        for line in part.lines:
            assert line.discount >= 0
            assert line.amount == line.quantity * line.unit_price - line.discount
            assert line.quantity > 0
            assert line.payable >= 0


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(0, 999), min_size=1, max_size=9))
def test_the_parts_of_an_amount_add_up_to_it(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    if abs(amount) <= sum(weights):
        assert all(abs(part) <= weight for part, weight in zip(parts, weights, strict=True))


def test_a_discount_is_shared_by_the_units() -> None:
    line = OrderLine(number=1, sku="A", quantity=3, unit_price=100, discount=50, amount=250)
    there, missing = divide([line], [], {"A": 1})
    both = (*there.lines, *missing.lines)
    assert [(each.quantity, each.amount, each.discount) for each in both] == [
        (1, 83, 17),
        (2, 167, 33),
    ]


def test_shipping_is_shared_by_the_amounts_and_the_tax_of_a_line_stays_with_it() -> None:
    dear = OrderLine(number=1, sku="A", quantity=1, unit_price=900, amount=900)
    cheap = OrderLine(number=2, sku="B", quantity=1, unit_price=100, amount=100)
    order = priced(
        [dear, cheap],
        [adjustment(AdjustmentKind.SHIPPING, 50), adjustment(AdjustmentKind.TAX, 20, line=2)],
    )
    assert [line.payable for line in order.lines] == [945, 125]


def test_nothing_takes_off_more_than_the_goods_cost() -> None:
    line = OrderLine(number=1, sku="A", quantity=1, unit_price=100, amount=100)
    with pytest.raises(BelowNothing):
        priced([line], [adjustment(AdjustmentKind.VOUCHER, -101)])
