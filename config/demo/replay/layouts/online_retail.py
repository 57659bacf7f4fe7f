"""Read the UCI *Online Retail* data set: one table, a row per line of an invoice; times are UTC."""

from collections import defaultdict

from config.demo.replay.books import (
    Article,
    Books,
    Buyer,
    Cancellation,
    Return,
    Sale,
    Skip,
    Skipped,
    WriteOff,
)
from config.demo.replay.invoices import CURRENCY, NAME, Invoice, read_invoices
from config.demo.replay.layouts import ONE_FILE, Tables, layout
from config.demo.replay.reversing import Unreturned
from config.demo.replay.stored import Stored

SERVICES = frozenset(
    {"AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "PADS", "POST", "S"}
)
"""Codes of lines that are not goods: postage, fees, discounts, samples, corrections, donations."""

COLUMNS = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
]


class Shelf:
    """Collects articles, with their first name and price, and buyers from the sales."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self.buyers: dict[str, Buyer] = {}
        self.names: dict[str, dict[str, None]] = defaultdict(dict)

    def add(self, invoice: Invoice) -> None:
        """Add the articles and the buyer of a sale; known ones do not change."""
        self.buyers.setdefault(invoice.buyer.reference, invoice.buyer)
        for entry, line in invoice.priced:
            known = self.articles.get(entry.sku)
            self.names[entry.sku] |= {entry.name: None} if entry.name else {}
            if known is None or (entry.name and known.name == known.sku):
                self.articles[entry.sku] = Article(
                    sku=entry.sku,
                    name=entry.name or entry.sku,
                    unit_price=known.unit_price if known else line.unit_price or 0,
                    is_service=_is_service(entry.sku),
                )


@layout(NAME, {ONE_FILE: COLUMNS})
def read_online_retail(tables: Tables) -> Books:
    """Read sales, write-offs and cancellations in the order of the file."""
    sales = Stored(Sale)
    shelf = Shelf()
    write_offs: list[WriteOff] = []
    reversals: list[Cancellation | Return] = []
    skipped: list[Skipped] = []
    unreturned = Unreturned()
    for invoice in read_invoices(tables[ONE_FILE]):
        after = len(sales)
        if invoice.adjusts_debt:
            skipped.append(Skipped(Skip.BAD_DEBT, after))
            continue
        losses = [] if invoice.takes_back else list(invoice.write_offs(after))
        write_offs += losses
        if not invoice.priced:
            skipped += [] if losses else [Skipped(Skip.FREE_INVOICE, after)]
            continue
        skipped += [Skipped(skip, after) for skip in invoice.skips()]
        if not invoice.takes_back:
            sale = _sale(invoice)
            sales.append(sale)
            shelf.add(invoice)
            unreturned.add(sale)
            continue
        matched, unmatched = unreturned.return_goods(_sale(invoice), after)
        reversals += matched
        skipped += [Skipped(Skip.NO_SUCH_SALE, after)] * unmatched
    return Books(
        layout=NAME,
        currency=CURRENCY,
        articles=list(shelf.articles.values()),
        buyers=list(shelf.buyers.values()),
        sales=sales,
        write_offs=write_offs,
        cancellations=[each for each in reversals if isinstance(each, Cancellation)],
        returns=[each for each in reversals if isinstance(each, Return)],
        skipped=skipped,
        other_names={sku: list(names)[1:] for sku, names in shelf.names.items() if len(names) > 1},
    )


def _sale(invoice: Invoice) -> Sale:
    """Return the sale of an invoice, or what its cancellation takes back."""
    return Sale(
        reference=invoice.reference,
        buyer=invoice.buyer.reference,
        lines=[line for _, line in invoice.priced],
        placed_at=invoice.placed_at,
    )


def _is_service(sku: str) -> bool:
    return sku.upper() in SERVICES or sku.lower().startswith("gift_")
