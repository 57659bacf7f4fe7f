"""Read the option ``--opening-stock``: the units of each article at the start."""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from config.demo.replay.books import Books
from config.demo.replay.columns import MOST_UNITS, InputRefused

ENOUGH = 1_000_000_000
"""Units that no file can use up: unlimited stock, and that of services."""

StockOf = Callable[[Books], Mapping[str, int]]


def read_opening_stock(text: str | None) -> StockOf:
    """Read the option: ``unlimited``, units of each article, or a share of the demand.

    A number with a decimal point is a share, one without is units: ``1.0`` is the file's whole
    demand, ``1`` is one unit of each article. Without the option the layout's own stock counts; if
    it has none, stock is unlimited.

    :raises InputRefused: the value is none of these.
    """
    if text is None:
        return lambda books: _own_stock(books) if books.stock is not None else _unlimited(books)
    if text == "unlimited":
        return _unlimited
    if re.fullmatch(r"[0-9]{1,9}", text) and int(text) <= MOST_UNITS:
        return lambda books: _same_of_each(books, int(text))
    if re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,6}", text):
        return lambda books: _share_of_demand(books, Decimal(text))
    raise InputRefused(
        f"--opening-stock {text!r} is not known: use unlimited, units of each product (100), or a"
        " share of the demand with a decimal point (0.5)"
    )


def _own_stock(books: Books) -> dict[str, int]:
    return _with_services(books, books.stock or {})


def _unlimited(books: Books) -> dict[str, int]:
    return dict.fromkeys(_skus(books), ENOUGH)


def _same_of_each(books: Books, units: int) -> dict[str, int]:
    return _with_services(books, dict.fromkeys(_skus(books), units))


def _share_of_demand(books: Books, share: Decimal) -> dict[str, int]:
    demand = books.demand()
    units = {
        sku: int((share * demand[sku]).quantize(Decimal(1), ROUND_HALF_UP)) for sku in _skus(books)
    }
    return _with_services(books, units)


def _skus(books: Books) -> list[str]:
    lost = (write_off.sku for write_off in books.write_offs)
    return list(dict.fromkeys([*(article.sku for article in books.articles), *lost]))


def _with_services(books: Books, units: Mapping[str, int]) -> dict[str, int]:
    services = (article.sku for article in books.articles if article.is_service)
    return {**units, **dict.fromkeys(services, ENOUGH)}
