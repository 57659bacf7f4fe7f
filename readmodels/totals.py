"""Totals: read models of sums over conversations, such as sales by day or units by SKU."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models, transaction

from outbox.kit.rows import bulk
from outbox.messages import Envelope, Event
from readmodels.keys import Key, key_columns
from readmodels.projection import Projection
from readmodels.writes import writes

Share = TypeVar("Share", bound=models.Model)
Count = Callable[[Any], Iterable[models.Model]]
Sums: TypeAlias = Counter[tuple[Key, str]]
"""Numbers by the key of their row and their column."""


class Totals(Projection[Share]):
    """Keeps a table of sums, and one of shares: what each conversation contributes to them.

    A share is folded like the row of any projection, and ``counts`` says what it adds. A batch adds
    the difference between what its shares added before and what they add now, in the transaction
    that stores them: a message counts once, a repeated one not at all, and a cancellation is
    subtracted. Rows that are all zero are deleted, so that a rebuild gives the same rows.

    Totals are written last and in key order, so batches that write the same rows wait for each
    other briefly and cannot deadlock.
    """

    def __init__(self, name: str, share: type[Share], total: type[models.Model]) -> None:
        super().__init__(name, share)
        self.subscriber.shares_rows = True
        self.total = total
        self.tables = (share, total)
        self.total_key = key_columns(total)
        self.summed = tuple(
            field.name
            for field in total._meta.concrete_fields  # noqa: SLF001 - Django's documented Model._meta API
            if not field.primary_key and field.name not in self.total_key
        )
        self.count: Count | None = None

    def counts(self, count: Count) -> Count:
        """Wire the function that returns what a share adds, as rows of sums."""
        self.count = count
        return count

    def apply(self, envelopes: Sequence[Envelope[Event]]) -> None:
        """Fold a batch into its shares, and add the changes to the totals."""
        with transaction.atomic(using=self.database, savepoint=False), writes(self.database) as to:
            shares = self._begin({envelope.conversation for envelope in envelopes})
            before = self.sums_of(shares.values())
            self.fold(shares, envelopes)
            to.rows.append(bulk.upsertion(shares[key] for key in sorted(shares)))
            to.sums.append(partial(self.add, difference(self.sums_of(shares.values()), before)))

    def _begin(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        """Lock shares; in a database of their own new ones are inserted first, to be lockable.

        Otherwise two workers with the same message would both find no share, and both count it. In
        the main database the later worker's turn fails together with its shares.
        """
        shares = self.load(keys)
        new = [shares[key] for key in sorted(keys) if not shares[key].sequence]
        if not new or self.database == DEFAULT_DB_ALIAS:
            return shares
        self.model._default_manager.bulk_create(new, ignore_conflicts=True)  # noqa: SLF001 - likewise
        return self.load(keys)

    def forget(self, shares: Mapping[Any, Any]) -> None:
        """Delete shares, and subtract from the totals what they have added."""
        self.add(difference(Counter(), self.sums_of(shares.values())))
        super().forget(shares)

    def sums_of(self, shares: Iterable[Any]) -> Sums:
        """Return the sums that shares add; one at sequence 0 adds nothing.

        :raises LookupError: no function says what they add.
        """
        if self.count is None:
            raise LookupError(f"{self.name} does not know what counts: wire a function with counts")
        sums: Sums = Counter()
        for share in shares:
            for row in self.count(share) if share.sequence else ():
                values = vars(row)
                key = tuple([values[name] for name in self.total_key])
                for name in self.summed:
                    if number := values[name]:
                        sums[key, name] += number
        return sums

    def sums(self) -> Sums:
        """Return the table of sums."""
        columns = (*self.total_key, *self.summed)
        sums: Sums = Counter()
        for values in self.total._default_manager.values_list(*columns).iterator():  # noqa: SLF001 - likewise
            key = values[: len(self.total_key)]
            for name, number in zip(self.summed, values[len(key) :], strict=True):
                sums[key, name] = number
        return sums

    def add(self, change: Sums) -> None:
        """Add a change to the totals."""
        bulk.add(self._rows(change), key=self.total_key)

    def _rows(self, change: Sums) -> Iterator[models.Model]:
        for key in sorted({key for key, _ in change}):
            numbers = {name: change[key, name] for name in self.summed}
            yield self.total(**dict(zip(self.total_key, key, strict=True)), **numbers)


def difference(after: Sums, before: Sums) -> Sums:
    """Return the sums that differ, and by how much."""
    change: Sums = Counter(after)
    change.subtract(before)
    return Counter({place: number for place, number in change.items() if number})
