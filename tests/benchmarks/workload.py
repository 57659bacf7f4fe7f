"""The orders that a run places: the same ones for every system that it measures."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

STOCKED = tuple(f"SKU-{number:03}" for number in range(100))
LINES = tuple(f"LINE-{number}" for number in range(1000))
"""Those of orders that have many lines."""
EMPTY = tuple(f"EMPTY-{number}" for number in range(5))
ON_HAND = 100_000_000
"""Units of each stocked SKU: more than any run can ask for."""
CURRENCY = "EUR"
CUSTOMERS = 50

CONFIRMED, DECLINED, OUT_OF_STOCK = "confirmed", "payment_declined", "out_of_stock"
SHARE_DECLINED, SHARE_OUT_OF_STOCK = 0.10, 0.05
GOOD_CARDS = ("pm_card_visa", "pm_card_mastercard", "pm_card_amex")
BAD_CARDS = ("pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds")


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order, and how it has to end.

    :ivar customer: which of ``CUSTOMERS`` places it.
    :ivar lines: SKU and units, 1 to 3 of them, no SKU twice.
    """

    customer: int
    lines: tuple[tuple[str, int], ...]
    payment_method: str
    outcome: str


def price_of(sku: str) -> int:
    """Return a list price in minor units; dull, but it follows the number in the name."""
    return 500 + 7 * int(sku.rpartition("-")[2])


def plan(count: int, *, seed: int) -> list[PlannedOrder]:
    """Return orders of which exactly one in ten is declined and one in twenty lacks stock."""
    dice = random.Random(seed)
    declined, lacking = round(count * SHARE_DECLINED), round(count * SHARE_OUT_OF_STOCK)
    outcomes = [DECLINED] * declined + [OUT_OF_STOCK] * lacking
    outcomes += [CONFIRMED] * (count - len(outcomes))
    dice.shuffle(outcomes)
    return [_planned(outcome, dice) for outcome in outcomes]


def only(outcome: str, count: int, *, seed: int) -> list[PlannedOrder]:
    """Return orders that all end in the same way."""
    dice = random.Random(seed)
    return [_planned(outcome, dice) for _ in range(count)]


def of_lines(lines: int, count: int, *, seed: int) -> list[PlannedOrder]:
    """Return orders of one unit of so many SKUs each; all go through."""
    dice = random.Random(seed)
    return [
        replace(order, lines=tuple((sku, 1) for sku in dice.sample(LINES[: max(lines, 10)], lines)))
        for order in only(CONFIRMED, count, seed=seed)
    ]


def one_unit_each(skus: Sequence[str], *, seed: int) -> list[PlannedOrder]:
    """Return an order of one unit for each of these SKUs; all go through."""
    dice = random.Random(seed)
    return [
        PlannedOrder(
            customer=dice.randrange(CUSTOMERS),
            lines=((sku, 1),),
            payment_method=dice.choice(GOOD_CARDS),
            outcome=CONFIRMED,
        )
        for sku in skus
    ]


def outcomes_of(orders: Sequence[PlannedOrder]) -> Counter[str]:
    """Count how the orders have to end."""
    return Counter(order.outcome for order in orders)


def shares(orders: Sequence[PlannedOrder], among: int) -> list[Sequence[PlannedOrder]]:
    """Deal the orders out to so many processes."""
    return [orders[first::among] for first in range(among)]


def _planned(outcome: str, dice: random.Random) -> PlannedOrder:
    skus = dice.sample(STOCKED, dice.randint(1, 3))
    if outcome == OUT_OF_STOCK:
        skus[-1] = dice.choice(EMPTY)
    return PlannedOrder(
        customer=dice.randrange(CUSTOMERS),
        lines=tuple((sku, dice.randint(1, 5)) for sku in skus),
        payment_method=dice.choice(BAD_CARDS if outcome == DECLINED else GOOD_CARDS),
        outcome=outcome,
    )
