"""Read invoices of the UCI *Online Retail* data set; rows with the same number are one invoice.

A number that begins with C is a cancellation, with negative quantities; one that begins with A
adjusts a bad debt; a negative quantity at price zero under a plain number is a write-off.
Source: Chen, Sain and Guo, 2012, doi 10.24432/C5BW33.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter, methodcaller

import msgspec

from config.demo.replay.books import Buyer, Skip, WriteOff
from config.demo.replay.columns import Row
from config.demo.replay.pricing import amount_of, priced_line
from config.demo.replay.stored import database_on_disk
from orders.pricing import NewLine

NAME = "online-retail"
CURRENCY = "GBP"


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One row of an invoice.

    :ivar line: the line sold or returned, in positive quantities; none if its amount is 0.
    """

    sku: str
    name: str
    quantity: int
    line: NewLine | None


@dataclass(slots=True)
class Invoice:
    """The rows with one number, whose prefix is the kind of invoice."""

    number: str
    buyer: Buyer
    placed_at: datetime
    entries: list[InvoiceRow] = field(default_factory=list)

    @property
    def takes_back(self) -> bool:
        return self.number.upper().startswith("C")

    @property
    def adjusts_debt(self) -> bool:
        return self.number.upper().startswith("A")

    @property
    def reference(self) -> str:
        return f"{NAME}:{self.number}"

    @property
    def priced(self) -> list[tuple[InvoiceRow, NewLine]]:
        return [(entry, entry.line) for entry in self.entries if entry.line]

    def write_offs(self, after: int) -> Iterator[WriteOff]:
        for place, entry in enumerate(self.entries, start=1):
            if entry.quantity < 0 and not entry.line:
                yield WriteOff(
                    reference=f"{self.reference}:{place}",
                    sku=entry.sku,
                    units=-entry.quantity,
                    reason=entry.name or "written off",
                    after=after,
                )

    def skips(self) -> Iterator[Skip]:
        """Yield why rows were skipped that are neither sold, returned nor written off."""
        for entry in self.entries:
            if entry.quantity == 0:
                yield Skip.NO_UNITS
            elif not entry.line and (entry.quantity > 0 or self.takes_back):
                yield Skip.FREE_LINE


def read_invoices(rows: Iterable[Row]) -> Iterator[Invoice]:
    """Group rows into invoices by their number, in the order of the file.

    Rows of an invoice may be anywhere in the file, so all are written to disk first.
    """
    disk = database_on_disk()
    disk.executescript(_TABLES)
    for number, some in groupby(rows, key=methodcaller("code", "InvoiceNo")):
        disk.execute("INSERT OR IGNORE INTO invoice (number) VALUES (?)", [number])
        (place,) = disk.execute("SELECT place FROM invoice WHERE number = ?", [number]).fetchone()
        disk.executemany(
            "INSERT INTO line (invoice, packed) VALUES (?, ?)",
            ((place, msgspec.msgpack.encode(row)) for row in some),
        )
    disk.execute("CREATE INDEX of_invoice ON line (invoice)")
    in_order = disk.execute(_IN_ORDER)
    for number, lines in groupby(in_order, key=itemgetter(0)):
        yield _invoice(number, [_UNPACK.decode(packed) for _, packed in lines])


_TABLES = """
CREATE TABLE invoice (place INTEGER PRIMARY KEY, number TEXT UNIQUE);
CREATE TABLE line (place INTEGER PRIMARY KEY, invoice INTEGER, packed BLOB);
"""

_IN_ORDER = """
SELECT invoice.number, line.packed FROM invoice JOIN line ON line.invoice = invoice.place
ORDER BY invoice.place, line.place
"""

_UNPACK = msgspec.msgpack.Decoder(Row)


def _invoice(number: str, rows: Sequence[Row]) -> Invoice:
    first = rows[0]
    invoice = Invoice(number, _buyer(first), first.moment("InvoiceDate"))
    for row in rows:
        if _buyer(row).reference != invoice.buyer.reference:
            raise row.broken(f"invoice {number} has rows of two customers: mend the CustomerID")
        invoice.entries.append(_entry(row, invoice))
    return invoice


def _buyer(row: Row) -> Buyer:
    customer = row.optional_number("CustomerID")
    country = row.optional("Country", longest=60) or "Unspecified"
    if customer:
        return Buyer(f"{NAME}:{customer}", f"Customer {customer}", country)
    return Buyer(f"{NAME}:guest:{country}"[:80], "Guest", country)


def _entry(row: Row, invoice: Invoice) -> InvoiceRow:
    """Read a row.

    :raises InputRefused: its quantity or price has a sign that its invoice cannot have.
    """
    quantity, price = row.whole("Quantity"), row.number("UnitPrice")
    if invoice.takes_back and quantity > 0:
        raise row.broken(f"{invoice.number} takes back: its Quantity has to be negative")
    if price < 0 and not invoice.adjusts_debt:
        raise row.broken("UnitPrice is negative: it wants 0 or more")
    if price > 0 > quantity and not invoice.takes_back:
        raise row.broken("a sale has no negative Quantity: what takes back has an InvoiceNo with C")
    sku, name = row.sku("StockCode"), row.optional("Description", longest=200)
    line = priced_line(sku=sku, quantity=abs(quantity), price=price, currency=CURRENCY)
    return InvoiceRow(sku, name, quantity, line if amount_of(line) > 0 else None)
