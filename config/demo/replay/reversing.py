"""Find the sales that a cancellation in the file takes back, completely or in part."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from config.demo.replay.books import Cancellation, Content, Return, Sale
from config.demo.replay.stored import database_on_disk
from orders.pricing import NewLine

_TABLES = """
CREATE TABLE sold (
    place INTEGER PRIMARY KEY, reference TEXT, buyer TEXT, content TEXT, touched INTEGER DEFAULT 0
);
CREATE INDEX sold_whole ON sold (buyer, content);
CREATE TABLE units (
    buyer TEXT, sku TEXT, price INTEGER, sale INTEGER, unreturned INTEGER,
    PRIMARY KEY (buyer, sku, price, sale)
) WITHOUT ROWID;
"""

_WHOLE = """
SELECT place, reference FROM sold WHERE buyer = ? AND content = ? AND NOT touched
ORDER BY place DESC LIMIT 1
"""

# Sales with enough of an article first, then the latest first.
_BEST_FIRST = """
SELECT sale, unreturned FROM units
WHERE buyer = ? AND sku = ? AND price = ? AND unreturned > 0
ORDER BY unreturned >= ? DESC, sale DESC
"""


class Unreturned:
    """The units of sales that are not taken back yet, by buyer, in their order."""

    def __init__(self) -> None:
        self.rows = database_on_disk()
        self.rows.executescript(_TABLES)

    def add(self, sale: Sale) -> None:
        """Add a sale."""
        content = content_of(sale.lines)
        (place,) = self.rows.execute(
            "INSERT INTO sold (reference, buyer, content) VALUES (?, ?, ?) RETURNING place",
            [sale.reference, sale.buyer, _as_text(content)],
        ).fetchone()
        self.rows.executemany(
            "INSERT INTO units VALUES (?, ?, ?, ?, ?)",
            ([sale.buyer, *article, place, units] for article, units in content.items()),
        )

    def return_goods(self, back: Sale, after: int) -> tuple[list[Cancellation | Return], int]:
        """Find the latest sales to the same buyer, of the same goods at the same prices.

        A sale with exactly this content is cancelled; of others, units are returned.

        :returns: the cancellation or returns, and how many lines match no sale, or only in part.
        """
        wanted = content_of(back.lines)
        whole = self.rows.execute(_WHOLE, [back.buyer, _as_text(wanted)]).fetchone()
        if whole:
            place, reference = whole
            for article in wanted:
                self._leave(back.buyer, article, place, 0)
            self.rows.execute("UPDATE sold SET touched = 1 WHERE place = ?", [place])
            return [Cancellation(reference, after)], 0
        taken: dict[int, Content] = defaultdict(Counter)
        unmatched = 0
        for article, units in wanted.items():
            left = units
            for place, unreturned in self._best_first(back.buyer, article, units):
                part = min(left, unreturned)
                taken[place][article] += part
                self._leave(back.buyer, article, place, unreturned - part)
                left -= part
                if not left:
                    break
            unmatched += left > 0
        returns = [self._return(back, place, units, after) for place, units in taken.items()]
        return [*returns], unmatched

    def _best_first(
        self, buyer: str, article: tuple[str, int], units: int
    ) -> Iterator[tuple[int, int]]:
        yield from self.rows.execute(_BEST_FIRST, [buyer, *article, units]).fetchall()

    def _leave(self, buyer: str, article: tuple[str, int], place: int, units: int) -> None:
        self.rows.execute(
            "UPDATE units SET unreturned = ?"
            " WHERE buyer = ? AND sku = ? AND price = ? AND sale = ?",
            [units, buyer, *article, place],
        )

    def _return(self, back: Sale, place: int, units: Content, after: int) -> Return:
        (sale,) = self.rows.execute(
            "UPDATE sold SET touched = 1 WHERE place = ? RETURNING reference", [place]
        ).fetchone()
        return Return(f"{back.reference}:{sale.rpartition(':')[2]}", sale, units, after)


def content_of(lines: Iterable[NewLine]) -> Content:
    """Count units by SKU and unit price."""
    content: Content = Counter()
    for line in lines:
        content[line.sku, line.unit_price or 0] += line.quantity
    return content


def _as_text(content: Content) -> str:
    return json.dumps(sorted((*article, units) for article, units in content.items()))
