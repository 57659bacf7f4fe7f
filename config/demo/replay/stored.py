"""Sequences on disk, so that a long file takes no more memory than a short one."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

import msgspec

T = TypeVar("T")

AT_ONCE = 200
"""Items in memory while a sequence is iterated."""


def database_on_disk() -> sqlite3.Connection:
    """Open a database in a temporary file, which is deleted with its connection."""
    database = sqlite3.connect("", isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    return database


class Stored(Sequence[T], Generic[T]):
    """An append-only sequence on disk, of dataclasses of one type; a slice is a view."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._rows = database_on_disk()
        self._rows.execute("CREATE TABLE item (place INTEGER PRIMARY KEY, packed BLOB NOT NULL)")
        self._first, self._end = 0, 0

    def append(self, item: T) -> None:
        """Add an item at the end."""
        packed = msgspec.msgpack.encode(item)
        self._rows.execute("INSERT INTO item VALUES (?, ?)", [self._end, packed])
        self._end += 1

    def __len__(self) -> int:
        return self._end - self._first

    def __iter__(self) -> Iterator[T]:
        for start in range(self._first, self._end, AT_ONCE):
            yield from self._between(start, min(start + AT_ONCE, self._end))

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> "Stored[T]": ...
    def __getitem__(self, place: int | slice) -> "T | Stored[T]":
        numbers = range(self._first, self._end)[place]
        if isinstance(numbers, range):
            return self._view(numbers)
        return self._between(numbers, numbers + 1)[0]

    def _between(self, start: int, end: int) -> list[T]:
        rows: Any = self._rows.execute(
            "SELECT packed FROM item WHERE place >= ? AND place < ? ORDER BY place", [start, end]
        )
        return [self._decoder.decode(packed) for (packed,) in rows.fetchall()]

    def _view(self, numbers: range) -> "Stored[T]":
        if numbers.step != 1:
            raise ValueError("a stored sequence is sliced without a step")
        view: Stored[T] = object.__new__(type(self))
        view.__dict__.update(self.__dict__, _first=numbers.start, _end=numbers.start + len(numbers))
        return view
