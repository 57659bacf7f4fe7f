"""Read Northwind, Microsoft's sample shop: a folder of four tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from config.demo.replay.books import Article, Books, Buyer, Sale, Skip, Skipped
from config.demo.replay.columns import Row
from config.demo.replay.layouts import Tables, layout
from config.demo.replay.pricing import priced_line
from config.demo.replay.stored import Stored
from orders.pricing import NewLine
from outbox.kit.money import UnknownCurrency, decimals_of, rounded

NAME = "northwind"


@layout(
    NAME,
    {
        "customers.csv": ["customer_id", "name", "country"],
        "products.csv": ["sku", "name", "unit_price", "currency", "units_in_stock"],
        "orders.csv": ["order_id", "customer_id", "order_date"],
        "order_lines.csv": ["order_id", "sku", "quantity", "unit_price", "discount"],
    },
)
def read_northwind(tables: Tables) -> Books:
    """Read the orders with their own prices, discounts (a fraction of the line) and stock."""
    buyers = {key: _buyer(row) for key, row in _by_key(tables["customers.csv"], "customer_id")}
    products = dict(_by_key(tables["products.csv"], "sku"))
    currency = _one_currency(products.values())
    orders = dict(_by_key(tables["orders.csv"], "order_id"))
    entries = _entries(tables["order_lines.csv"], orders, products, currency)
    sales = Stored(Sale)
    skipped: list[Skipped] = []
    for order_id, row in orders.items():
        lines = [entry for entry in entries[order_id] if isinstance(entry, NewLine)]
        skips = [entry for entry in entries[order_id] if isinstance(entry, Skip)]
        sale = Sale(
            reference=f"{NAME}:{order_id}",
            buyer=_buyer_of(row, buyers),
            lines=lines,
            placed_at=row.moment("order_date"),
        )
        skipped += [Skipped(skip, after=len(sales)) for skip in skips]
        if sale.amount:
            sales.append(sale)
        else:
            skipped.append(Skipped(Skip.WORTH_NOTHING, after=len(sales)))
    return Books(
        layout=NAME,
        currency=currency,
        articles=[_article(sku, row, currency) for sku, row in products.items()],
        buyers=list(buyers.values()),
        sales=sales,
        skipped=skipped,
        stock={sku: _stock(row) for sku, row in products.items()},
    )


def _entries(
    rows: Iterable[Row], orders: Mapping[str, Row], products: Mapping[str, Row], currency: str
) -> Mapping[str, list[NewLine | Skip]]:
    entries: dict[str, list[NewLine | Skip]] = defaultdict(list)
    for row in rows:
        order_id, sku = row.code("order_id"), row.sku("sku")
        if order_id not in orders:
            raise row.broken(f"order {order_id} is not in orders.csv: add it or remove this line")
        if sku not in products:
            raise row.broken(f"{sku} is not in products.csv: add it or remove this line")
        entries[order_id].append(_entry(row, sku, currency))
    return entries


def _by_key(rows: Iterable[Row], column: str) -> Iterable[tuple[str, Row]]:
    seen = set()
    for row in rows:
        key = row.sku(column) if column == "sku" else row.code(column)
        if key in seen:
            raise row.broken(f"{column} {key} is there twice: remove one")
        seen.add(key)
        yield key, row


def _one_currency(products: Iterable[Row]) -> str:
    first = ""
    for row in products:
        currency = row.text("currency", longest=40)
        try:
            decimals_of(currency)
        except UnknownCurrency as error:
            raise row.broken(str(error)) from error
        if first and currency != first:
            raise row.broken(f"{currency} after {first}: one replay is of one currency")
        first = currency
    return first


def _entry(row: Row, sku: str, currency: str) -> NewLine | Skip:
    quantity, price = row.whole("quantity"), row.number("unit_price")
    discount = row.number("discount")
    if quantity < 0 or price < 0:
        raise row.broken("a sale has no negative quantity or price: mend or remove this line")
    if not 0 <= discount <= 1:
        raise row.broken(f"discount is {discount}: it wants a fraction from 0 to 1")
    if quantity == 0:
        return Skip.NO_UNITS
    if rounded(price * quantity, currency) == 0:
        return Skip.FREE_LINE
    return priced_line(
        sku=sku, quantity=quantity, price=price, discount=discount, currency=currency
    )


def _buyer_of(order: Row, buyers: Mapping[str, Buyer]) -> str:
    customer = order.code("customer_id")
    if customer not in buyers:
        raise order.broken(f"customer {customer} is not in customers.csv: add it there")
    return buyers[customer].reference


def _buyer(row: Row) -> Buyer:
    return Buyer(
        reference=f"{NAME}:{row.code('customer_id')}",
        name=row.text("name", longest=200),
        country=row.optional("country", longest=60),
    )


def _article(sku: str, row: Row, currency: str) -> Article:
    price = row.number("unit_price")
    if price < 0:
        raise row.broken("unit_price is negative: it wants 0 or more")
    return Article(sku, row.text("name", longest=200), rounded(price, currency))


def _stock(row: Row) -> int:
    units = row.whole("units_in_stock")
    if units < 0:
        raise row.broken("units_in_stock is negative: it wants 0 or more")
    return units
