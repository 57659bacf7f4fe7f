"""The content of a file of real orders, independent of its layout."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from config.demo.replay.pricing import amount_of
from orders.pricing import NewLine

CARD = "pm_card_visa"

Content = Counter[tuple[str, int]]
"""Units by SKU and unit price."""


class Skip(StrEnum):
    """Why something in the file was skipped."""

    FREE_LINE = "line at price zero"
    FREE_INVOICE = "invoice with nothing but lines at price zero"
    NO_UNITS = "line of quantity zero"
    BAD_DEBT = "adjustment of a bad debt"
    WORTH_NOTHING = "sale that is worth nothing"
    NO_SUCH_SALE = "cancelled line that matches no sale"
    NOT_CONFIRMED = "cancellation of an order that was not confirmed"
    BEYOND_STOCK = "write-off of more than is available"


@dataclass(frozen=True, slots=True)
class Article:
    """An article that is sold.

    :ivar unit_price: its list price in minor units.
    :ivar is_service: postage and the like; its stock is unlimited.
    """

    sku: str
    name: str
    unit_price: int
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer; ``reference`` identifies it, and ``language`` is that of letters."""

    reference: str
    name: str
    country: str
    email: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Sale:
    """An order to be placed; ``buyer`` is a reference."""

    reference: str
    buyer: str
    lines: Sequence[NewLine]
    placed_at: datetime | None
    payment_method: str = CARD

    @property
    def amount(self) -> int:
        """The total, in minor units."""
        return sum(amount_of(line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class WriteOff:
    """Lost units; ``after`` is the number of sales before it in the file."""

    reference: str
    sku: str
    units: int
    reason: str
    after: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The cancellation of a whole sale, by its reference."""

    sale: str
    after: int


@dataclass(frozen=True, slots=True)
class Return:
    """The return of part of a sale.

    :ivar reference: distinguishes it from other returns of the sale.
    :ivar units: by SKU and unit price.
    """

    reference: str
    sale: str
    units: Content
    after: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was skipped, and why."""

    reason: Skip
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The checked content of the files, in their order.

    :ivar stock: opening stock by SKU, if the layout has it.
    :ivar other_names: further names of an article, by SKU.
    """

    layout: str
    currency: str
    articles: Sequence[Article]
    buyers: Sequence[Buyer]
    sales: Sequence[Sale]
    write_offs: Sequence[WriteOff] = ()
    cancellations: Sequence[Cancellation] = ()
    returns: Sequence[Return] = ()
    skipped: Sequence[Skipped] = ()
    stock: Mapping[str, int] | None = None
    other_names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def demand(self) -> Counter[str]:
        """Units in all sales together, by SKU."""
        units: Counter[str] = Counter()
        for sale in self.sales:
            for line in sale.lines:
                units[line.sku] += line.quantity
        return units

    def first(self, sales: int) -> "Books":
        """Return these books up to their n-th sale; articles, buyers and stock stay complete."""
        return replace(
            self,
            sales=self.sales[:sales],
            write_offs=[each for each in self.write_offs if each.after <= sales],
            cancellations=[each for each in self.cancellations if each.after <= sales],
            returns=[each for each in self.returns if each.after <= sales],
            skipped=[each for each in self.skipped if each.after <= sales],
        )
