"""Dividing lines neither loses nor doubles a unit or a penny."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from orders.models import OrderLine
from orders.pricing import divide


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


def units_of(lines: list[OrderLine]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return units


@given(
    st.lists(lines(), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from("AB"), st.integers(0, 50)),
)
def test_both_parts_together_are_what_was_divided(
    ordered: list[OrderLine], available: dict[str, int]
) -> None:
    there, missing = divide(ordered, available)
    wanted = units_of(ordered)
    assert units_of(there) + units_of(missing) == wanted
    assert units_of(there) == wanted & Counter(available)
    amounts = (sum(line.amount for line in part) for part in (ordered, there, missing))
    assert next(amounts) == sum(amounts)
    for part in (there, missing):
        assert [line.number for line in part] == list(range(1, len(part) + 1))
        for line in part:
            assert line.discount >= 0
            assert line.amount == line.quantity * line.unit_price - line.discount
            assert line.quantity > 0


def test_a_discount_is_shared_by_the_units() -> None:
    line = OrderLine(sku="A", quantity=3, unit_price=100, discount=50, amount=250)
    there, missing = divide([line], {"A": 1})
    assert [(each.quantity, each.amount, each.discount) for each in (*there, *missing)] == [
        (1, 83, 17),
        (2, 167, 33),
    ]
