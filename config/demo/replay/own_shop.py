"""The demo's own small shop: articles, customers and made-up orders."""

import random
from collections.abc import Sequence
from itertools import count, islice

from django.contrib.auth.models import User

from config.access.tokens import issue_token
from config.demo.replay.books import CARD, Article, Books, Buyer, Sale
from orders.models import Customer, Order
from orders.pricing import NewLine
from outbox.acts import shell_operator

NAME = "demo"
CURRENCY = "EUR"

SHELF = [
    ("TEA-ASSAM", "Assam, loose leaf, 250 g", 890, 2000),
    ("TEA-DARJEELING", "Darjeeling first flush, 100 g", 1450, 1500),
    ("TEA-SENCHA", "Sencha, 100 g", 990, 1500),
    ("TEA-ROOIBOS", "Rooibos, 250 g", 690, 2000),
    ("POT-GLASS", "Glass teapot, 1.2 l", 2995, 400),
    ("POT-IRON", "Cast-iron teapot, 0.8 l", 6900, 150),
    ("CUP-PAIR", "Two porcelain cups", 1890, 600),
    ("STRAINER", "Fine steel strainer", 750, 800),
    ("KETTLE", "Kettle with thermometer", 8900, 200),
    ("TIMER", "Sand timer, three minutes", 495, 900),
    ("TIN-500", "Tea tin, 500 g", 1290, 700),
    ("SET-YIXING", "Yixing set, one of a kind", 24900, 2),
]
"""SKU, name, price in minor units, opening stock; the last one is nearly sold out."""

BUYERS = [
    Buyer(f"{NAME}:ada", "Ada Lovelace", "United Kingdom", "ada@shop.example"),
    Buyer(f"{NAME}:grace", "Grace Hopper", "United States", "grace@shop.example"),
    Buyer(f"{NAME}:emmy", "Emmy Noether", "Germany", "emmy@shop.example", "de"),
    Buyer(f"{NAME}:srinivasa", "Srinivasa Ramanujan", "India"),
]

PAYMENT_METHODS = [
    *[CARD] * 12,
    *["pm_card_mastercard"] * 3,
    "pm_sandbox_slow",
    "pm_sandbox_silent_once",
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
]
"""The sandbox's payment methods; a more frequent one is used more often."""


def shop_stock() -> dict[str, int]:
    """Return the opening stock by SKU."""
    return {sku: units for sku, _, _, units in SHELF}


def shop_books(orders: int) -> Books:
    """Return the shop with this many new orders; the numbers of existing ones are skipped."""
    taken = set(
        Order.objects.filter(reference__startswith=f"{NAME}:").values_list("reference", flat=True)
    )
    free = (number for number in count(1) if _reference(number) not in taken)
    return Books(
        layout=NAME,
        currency=CURRENCY,
        articles=[Article(sku, name, price) for sku, name, price, _ in SHELF],
        buyers=BUYERS,
        sales=[_sale(number) for number in islice(free, orders)],
        stock=shop_stock(),
    )


def give_access() -> tuple[str, str]:
    """Give the first buyer access to the API; return the name and a new token."""
    buyer = BUYERS[0]
    user, is_new = User.objects.get_or_create(username=NAME)
    if is_new:
        user.set_unusable_password()
        user.save()
    Customer.objects.filter(reference=buyer.reference, user=None).update(user=user)
    token = issue_token(user, name=NAME, reason="to try the API", actor=shell_operator())
    return buyer.name, token


def _reference(number: int) -> str:
    return f"{NAME}:{number:05}"


def _sale(number: int) -> Sale:
    """Make up an order; the same number gives the same order."""
    dice = random.Random(number)
    return Sale(
        reference=_reference(number),
        buyer=dice.choice(BUYERS).reference,
        lines=_lines(dice),
        placed_at=None,
        payment_method=dice.choice(PAYMENT_METHODS),
    )


def _lines(dice: random.Random) -> Sequence[NewLine]:
    chosen = dice.sample(SHELF, k=dice.randint(1, 3))
    return [NewLine(sku, dice.randint(1, 3), price) for sku, _, price, _ in chosen]
