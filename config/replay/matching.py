"""Which sale a cancellation of the file takes back."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from config.replay.books import Sale, Skip
from orders.pricing import NewLine

Content = Counter[tuple[str, int]]
"""Units by SKU and unit price."""


class Unreturned:
    """The sales that have not been taken back yet, by buyer, in their order."""

    def __init__(self) -> None:
        self.sales_of: dict[str, dict[str, Content]] = defaultdict(dict)

    def add(self, sale: Sale) -> None:
        """Remember a sale."""
        self.sales_of[sale.buyer][sale.reference] = _content(sale.lines)

    def take_back(self, back: Sale) -> str | Skip:
        """Return the latest sale to the same buyer that is exactly this, or why there is none.

        :returns: the reference of that sale, which is not matched again.
        """
        wanted, sales = _content(back.lines), self.sales_of[back.buyer]
        for sale in reversed(sales):
            if sales[sale] == wanted:
                del sales[sale]
                return sale
        if any(content.keys() & wanted.keys() for content in sales.values()):
            return Skip.SOME_LINES
        return Skip.NO_SUCH_SALE


def _content(lines: Iterable[NewLine]) -> Content:
    content: Content = Counter()
    for line in lines:
        content[line.sku, line.unit_price or 0] += line.quantity
    return content
