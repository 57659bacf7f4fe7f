"""Order numbers: read aloud, typed in any way, and never given twice."""

import re
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Order, numbers
from orders.models.numbers import ALPHABET, BITS, new_number, number_in, number_of
from outbox.models import Message
from testkit.delivering import settle
from testkit.shop import Shop

given_numbers = st.integers(0, 2**BITS - 1).map(number_of)


def test_a_number_has_three_groups_of_characters_that_nobody_confuses() -> None:
    for _ in range(200):
        assert re.fullmatch(f"[{ALPHABET}]{{3}}(-[{ALPHABET}]{{3}}){{2}}", new_number())
    assert not set("ILOU") & set(ALPHABET)


@given(given_numbers, st.data())
def test_it_is_found_however_it_is_typed(number: str, data: st.DataObject) -> None:
    typed = "".join(
        data.draw(st.sampled_from({"0": "0Oo", "1": "1IiLl"}.get(each, each + each.lower())))
        + data.draw(st.sampled_from(["", " ", "-", "\u2013", "."]))
        for each in number.replace("-", "")
    )
    assert number_in(f" {typed}\n") == number


@given(given_numbers, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_a_wrong_character_is_noticed(number: str, place: int, wrong: str) -> None:
    digits = number.replace("-", "")
    changed = digits[:place] + wrong + digits[place + 1 :]
    assert number_in(changed) == (number if changed == digits else None)


@pytest.mark.parametrize(
    "text", ["", "7KQ", "7KQ-4M2-8XR-7", "\N{SUPERSCRIPT TWO}" * 9, "U" * 9, "ß" * 9]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_in(text) is None


@pytest.mark.parametrize(
    "how",
    [{}, {"partial": True}, {"reference": "till-7"}, {"reference": "till-7", "partial": True}],
)
def test_a_number_that_is_taken_is_not_given_again(
    audited: Shop, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    offered = iter([7, 7, 8])
    monkeypatch.setattr(numbers, "secrets", SimpleNamespace(randbits=lambda _: next(offered)))
    first = audited.order()
    second = audited.order(**how)
    assert first.number != second.number
    settle()
    (begun,) = Message.objects.filter(correlation_id=second.id, sequence=1)
    assert begun.payload["number"] == second.number
    assert Order.objects.filter(number=second.number).count() == 1


def test_numbers_do_not_say_how_many_orders_there_are(shop: Shop) -> None:
    placed = [shop.order().number for _ in range(20)]
    assert any(later < earlier for earlier, later in pairwise(placed))


def test_each_part_of_an_order_has_its_own(audited: Shop) -> None:
    order = audited.order({"MUG": 12}, partial=True)
    settle()
    assert order.backorders.get().number not in {"", order.number}
