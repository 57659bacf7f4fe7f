"""Small files of real orders, in the layouts that can be replayed."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

ONLINE_RETAIL = "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country"
UK = "United Kingdom"

Cell = str | int


def sold(  # noqa: PLR0917 - the columns of the file, in its order
    invoice: str,
    sku: str,
    quantity: Cell,
    price: str = "1.00",
    customer: str = "17850",
    name: str = "A THING",
    country: str = UK,
) -> list[Cell]:
    """Return a row of the online-retail layout; cancellations have a C and negative quantities."""
    return [invoice, sku, name, quantity, "2011-11-14 08:10:00", price, customer, country]


def online_retail(folder: Path, rows: Sequence[Sequence[Cell]], name: str = "week.csv") -> Path:
    """Write a file of the online-retail layout; a name that ends in .gz compresses it."""
    path = folder / name
    opened = gzip.open if name.endswith(".gz") else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([ONLINE_RETAIL.split(), *rows])
    return path


TABLES = {
    "customers.csv": (
        "customer_id,name,contact_name,city,country",
        ["ALFKI,Alfreds Futterkiste,Maria Anders,Berlin,Germany", "QUICK,QUICK-Stop,,,Germany"],
    ),
    "products.csv": (
        "sku,name,unit,unit_price,currency,units_in_stock",
        ["NW-001,Chai,box,18.00,USD,39", "NW-002,Chang,box,19.00,USD,17"],
    ),
    "orders.csv": (
        "order_id,customer_id,order_date,freight",
        ["10248,ALFKI,1996-07-04,32.38", "10249,QUICK,1996-07-05,11.61"],
    ),
    "order_lines.csv": (
        "order_id,sku,quantity,unit_price,discount",
        ["10248,NW-001,3,14.45,0.15", "10248,NW-002,10,9.80,0.00", "10249,NW-002,8,15.20,0.05"],
    ),
}


def northwind(folder: Path, **rows: Sequence[str]) -> Path:
    """Write a folder of the northwind layout; ``rows`` replace those of a table."""
    shop = folder / "northwind"
    shop.mkdir()
    for table, (header, own) in TABLES.items():
        lines = [header, *rows.get(table.removesuffix(".csv"), own)]
        (shop / table).write_text("".join(f"{line}\n" for line in lines))
    return shop
