"""A model of inventory in plain Python, with which the real one is compared."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

LIVE = ("held", "committed")


@dataclass
class Row:
    """Units of one SKU for one order; a late one is an expired hold."""

    units: int
    status: str
    late: bool = False
    payment_unknown: bool = False

    @property
    def has_expired(self) -> bool:
        is_late = self.status == "held" and self.late and not self.payment_unknown
        return is_late or self.status == "expired"


@dataclass
class Shelf:
    """Goods on hand, and what orders hold. An order whose list is empty gets nothing any more.

    :ivar waiting: units that orders wait for, by SKU, the oldest order first.
    """

    on_hand: Counter[str] = field(default_factory=Counter)
    rows: dict[UUID, dict[str, Row]] = field(default_factory=dict)
    waiting: dict[UUID, dict[str, int]] = field(default_factory=dict)

    def reserved(self, sku: str) -> int:
        rows = (rows[sku] for rows in self.rows.values() if sku in rows)
        return sum(row.units for row in rows if row.status in LIVE)

    def available(self, sku: str) -> int:
        return self.on_hand[sku] - self.reserved(sku)

    def change(self, sku: str, units: int) -> bool:
        """Change what is on hand; held units stay."""
        possible = self.available(sku) + units >= 0
        self.on_hand[sku] += units if possible else 0
        return possible

    def reserve(self, order: UUID, wanted: Mapping[str, int]) -> str:
        self._take(order, wanted, "committed")
        own = any(row.status == "committed" for row in self.rows[order].values())
        return "InventoryReserved" if own else "InventoryReservationFailed"

    def hold(self, order: UUID, wanted: Mapping[str, int]) -> str:
        self._take(order, wanted, "held")
        live = any(row.status in LIVE for row in self.rows[order].values())
        return "InventoryHeld" if live else "InventoryReservationFailed"

    def commit(self, order: UUID) -> str:
        rows = self.rows.setdefault(order, {})
        expired = any(row.status == "expired" for row in rows.values())
        for row in rows.values():
            if row.status == "held":
                row.status = "expired" if expired else "committed"
        own = any(row.status == "committed" for row in rows.values())
        return "InventoryReserved" if own else "InventoryReservationFailed"

    def begin_to_wait(self, order: UUID, wanted: Mapping[str, int]) -> None:
        if order not in self.rows:
            self.rows[order], self.waiting[order] = {}, dict(wanted)

    def wake(self) -> dict[UUID, dict[str, int]]:
        """Hold available units for waiting orders; return what each of them got."""
        got: dict[UUID, dict[str, int]] = {}
        for order, wanted in list(self.waiting.items()):
            held = {sku: min(units, self.available(sku)) for sku, units in wanted.items()}
            held = {sku: units for sku, units in held.items() if units}
            if held:
                del self.waiting[order]
                self.rows[order] = {sku: Row(units, "held") for sku, units in held.items()}
                got[order] = held
        return got

    def release(self, order: UUID) -> str:
        self.waiting.pop(order, None)
        for row in self.rows.setdefault(order, {}).values():
            row.status = "released" if row.status in LIVE else row.status
        return "InventoryReleased"

    def let_time_pass(self, order: UUID) -> None:
        for row in self.rows.get(order, {}).values():
            row.late = True

    def payment_becomes_unknown(self, order: UUID) -> None:
        for row in self.rows.get(order, {}).values():
            row.payment_unknown = row.payment_unknown or row.status == "held"

    def take_back(self, skus: Iterable[str]) -> None:
        """End expired holds of these goods."""
        for rows in self.rows.values():
            for sku in skus:
                if sku in rows and rows[sku].has_expired:
                    rows[sku].status = "expired"

    def _take(self, order: UUID, wanted: Mapping[str, int], status: str) -> None:
        if order in self.rows:
            return
        self.take_back(self._missing(wanted))
        granted = {} if self._missing(wanted) else wanted
        self.rows[order] = {sku: Row(units, status) for sku, units in granted.items()}

    def _missing(self, wanted: Mapping[str, int]) -> list[str]:
        return [sku for sku, units in wanted.items() if self._unclaimed(sku) < units]

    def _unclaimed(self, sku: str) -> int:
        waited_for = sum(wanted.get(sku, 0) for wanted in self.waiting.values())
        return self.available(sku) - waited_for
