"""A process has one limiter and one connection per gateway, even with concurrent threads."""

import time
from pathlib import Path

from outbox.kit.named import OncePerName
from payments.gateways.sandbox.book import Book
from tests.threads import at_once


def test_threads_that_ask_at_one_moment_get_the_same_thing() -> None:
    made: list[str] = []

    @OncePerName
    def thing(name: str) -> object:
        time.sleep(0.01)  # while the others ask too
        made.append(name)
        return object()

    got: list[object] = []
    at_once(8, lambda _: got.append(thing("sandbox")))
    assert made == ["sandbox"]
    assert len(set(got)) == 1
    assert thing("stripe") not in got


def test_a_thing_may_wrap_another_one() -> None:
    """A gateway for gift cards calls the bank for the rest: it asks for it while it is made."""

    def make(name: str) -> list[object]:
        return [thing("bank")] if name == "gift_cards" else []

    thing: OncePerName[list[object]] = OncePerName(make)
    assert thing("gift_cards") == [thing("bank")]


def test_what_is_forgotten_is_made_again() -> None:
    thing = OncePerName(lambda _: object())
    before = thing("sandbox")
    thing.cache_clear()
    assert thing("sandbox") is not before


def test_processes_that_begin_a_book_at_one_moment_all_can_write_in_it(tmp_path: Path) -> None:
    at_once(8, lambda _: Book(tmp_path / "book.sqlite3").lose("k1"))
    assert Book(tmp_path / "book.sqlite3").lose("k1") == 9
