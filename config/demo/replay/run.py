"""Run a replay, from checked books to the summary."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from uuid import UUID

from config.demo.replay.books import Books
from config.demo.replay.known import require_the_same
from config.demo.replay.patience import patiently
from config.demo.replay.placing import (
    cancel_sales,
    order_ids,
    place_sales,
    units_written_off,
    write_off,
)
from config.demo.replay.preparing import (
    enter_catalogue,
    other_names,
    receive_opening_stock,
    require_no_conflict,
)
from config.demo.replay.progress import watching
from config.demo.replay.returning import in_turns, return_goods, returns_made
from config.demo.replay.settling import wait_for_ends
from config.demo.replay.summary import Summary, summarise

Say = Callable[[str], None]


def replay(books: Books, *, stock: Mapping[str, int], flow: str | None, say: Say) -> Summary:
    """Place the sales, wait for them, then cancel, return and write off.

    Cancellations and returns wait for all sales, and write-offs for both, so that a second run
    gives the same result.

    :param stock: opening stock by SKU.
    :raises InputRefused: the books contradict the catalogue or an earlier run; nothing was written.
    :raises NothingMoves: no worker seems to run; a second run continues from there.
    """
    require_no_conflict(books)
    require_the_same(books)
    for name in other_names(books):
        say(name)
    say(f"Preparing {len(books.articles):,} products and {len(books.buyers):,} customers")
    enter_catalogue(books)
    if earlier := receive_opening_stock(books.layout, stock):
        say(f"{earlier:,} products keep the opening stock of an earlier run")
    say(f"Placing {len(books.sales):,} sales")
    started = time.monotonic()
    placed_now = place_sales(books, flow=flow)
    say(f"Waiting for orders to end: {len(books.sales):,}")
    _wait(order_ids(books), len(books.sales), "Orders ended")
    skipped = Counter(each.reason for each in books.skipped)
    cancelling, refused = cancel_sales(books.cancellations)
    if cancelling:
        say(f"Waiting for cancellations to end: {len(cancelling):,}")
        _wait([cancelling], len(cancelling), "Cancellations ended")
    for turn in in_turns(books.returns):
        returning, refused_returns = return_goods(turn)
        refused += refused_returns
        if returning:
            say(f"Waiting for returns to end: {len(returning):,}")
            _wait([returning], len(returning), "Returns ended")
    beyond = write_off(books.write_offs)
    seconds = time.monotonic() - started
    return patiently(
        lambda: summarise(
            order_ids(books),
            currency=books.currency,
            placed_now=placed_now,
            returns=returns_made(books.returns),
            written_off=units_written_off(books.write_offs),
            skipped=skipped + refused + beyond,
            seconds=seconds,
        )
    )


def _wait(orders: Iterable[Collection[UUID]], total: int, title: str) -> None:
    """Wait for chunks of orders, one after the other."""
    ended = 0
    with watching(total, title) as shown:
        for some in orders:
            wait_for_ends(some, partial(_shown_after, shown, ended))
            ended += len(some)


def _shown_after(shown: Callable[[int], None], before: int, ended: int) -> None:
    shown(before + ended)
