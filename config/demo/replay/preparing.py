"""Enter the catalogue, the customers and the opening stock before the first sale."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from config.demo.replay.books import Books
from config.demo.replay.columns import InputRefused
from config.demo.replay.patience import patiently
from config.demo.replay.progress import watched
from inventory.models import MovementKind, StockMovement
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer, Product
from orders.services.products import NewProduct, add_products

STOCK_ROWS_AT_ONCE = 500
"""Opening stock per transaction, few enough for well below a second."""

NAMES_SHOWN = 5

T = TypeVar("T")


def require_no_conflict(books: Books) -> None:
    """Refuse books that contradict the catalogue, before anything is written.

    :raises InputRefused: a product has another currency there, or is not for sale any more.
    """
    skus = [article.sku for article in books.articles]
    sold = set(Product.objects.sold_now().filter(pk__in=skus).values_list("pk", flat=True))
    for product in Product.objects.filter(pk__in=skus):
        if product.sku not in sold:
            raise InputRefused(f"{product.sku} is in the catalogue, but not for sale: offer it")
        if product.currency != books.currency:
            raise InputRefused(
                f"{product.sku} is in the catalogue in {product.currency}, the orders are in"
                f" {books.currency}: use a database of their own"
            )


def other_names(books: Books) -> Iterator[str]:
    """Yield warnings about products with several names, which may be several products."""
    called = {article.sku: article.name for article in books.articles}
    listed = dict(Product.objects.filter(pk__in=called).values_list("sku", "name"))
    differing = {}
    for sku, name in called.items():
        others = [listed.get(sku, name), *books.other_names.get(sku, ())]
        differing[sku] = [other for other in dict.fromkeys(others) if other != name]
    several = [sku for sku, names in differing.items() if names]
    for sku in several[:NAMES_SHOWN]:
        yield f"{sku} is {called[sku]!r} and {', '.join(map(repr, differing[sku]))}: one product?"
    if len(several) > NAMES_SHOWN:
        yield f"So are {len(several) - NAMES_SHOWN:,} more products under several names"


def enter_catalogue(books: Books) -> None:
    """Add missing products and customers; existing ones do not change."""
    products = [
        NewProduct(article.sku, article.name, article.unit_price, books.currency)
        for article in books.articles
    ]
    customers = [
        Customer(
            reference=buyer.reference,
            name=buyer.name,
            country=buyer.country,
            email=buyer.email,
            language=buyer.language,
        )
        for buyer in books.buyers
    ]
    patiently(partial(add_products, products))
    patiently(partial(Customer.objects.bulk_create, customers, 1000, ignore_conflicts=True))


def receive_opening_stock(layout: str, units_of: Mapping[str, int]) -> int:
    """Book the opening stock once; return for how many products it was booked before."""
    reference_of = {sku: f"opening:{layout}:{sku}" for sku in sorted(units_of)}
    booked = patiently(partial(_booked, list(reference_of.values())))
    due = [sku for sku in reference_of if reference_of[sku] not in booked]
    for skus in _batches(iter(watched(due, "Opening stock")), STOCK_ROWS_AT_ONCE):
        patiently(partial(_receive, {sku: (units_of[sku], reference_of[sku]) for sku in skus}))
    return len(booked)


def _booked(references: Sequence[str]) -> set[str]:
    movements = StockMovement.objects.filter(reference__in=references)
    return {reference or "" for reference in movements.values_list("reference", flat=True)}


def _receive(stock: Mapping[str, tuple[int, str]]) -> None:
    change_stock(
        [
            StockChange(sku, units, MovementKind.RECEIVED, "opening stock", reference)
            for sku, (units, reference) in stock.items()
        ]
    )


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
