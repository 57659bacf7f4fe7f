"""Which sales a cancellation of the file takes back, wholly or in part."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from config.demo.replay.books import Cancellation, Content, Return, Sale
from orders.pricing import NewLine


class Unreturned:
    """What of the sales has not been taken back yet, by buyer, in their order."""

    def __init__(self) -> None:
        self.sales_of: dict[str, dict[str, Content]] = defaultdict(dict)
        self.touched: set[str] = set()

    def add(self, sale: Sale) -> None:
        """Remember a sale."""
        self.sales_of[sale.buyer][sale.reference] = content_of(sale.lines)

    def take_back(self, back: Sale, after: int) -> tuple[list[Cancellation | Return], int]:
        """Find the latest sales to the same buyer, of the same goods at the same prices.

        One that is exactly this is cancelled; from others units are returned.

        :returns: what takes place, and how many of the lines match no sale, or not wholly.
        """
        wanted, sales = content_of(back.lines), self.sales_of[back.buyer]
        for sale in reversed(sales):
            if sales[sale] == wanted and sale not in self.touched:
                del sales[sale]
                return [Cancellation(sale, after)], 0
        taken: dict[str, Content] = defaultdict(Counter)
        unmatched = 0
        for article, units in wanted.items():
            left = units
            for sale in _best_first(sales, article, units):
                part = min(left, sales[sale][article])
                if part:
                    taken[sale][article] += part
                    sales[sale][article] -= part
                    left -= part
            unmatched += left > 0
        self.touched |= taken.keys()
        return [
            Return(f"{back.reference}:{sale.rpartition(':')[2]}", sale, units, after)
            for sale, units in taken.items()
        ], unmatched


def content_of(lines: Iterable[NewLine]) -> Content:
    """Count units by SKU and unit price."""
    content: Content = Counter()
    for line in lines:
        content[line.sku, line.unit_price or 0] += line.quantity
    return content


def _best_first(sales: dict[str, Content], article: tuple[str, int], units: int) -> list[str]:
    """Sort sales: those that have enough of an article first, and the latest of them first."""
    latest_first = list(reversed(sales))
    enough = [sale for sale in latest_first if sales[sale][article] >= units]
    return [*enough, *(sale for sale in latest_first if sale not in enough)]
