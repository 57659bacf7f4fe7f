"""What inventory promises, in plain Python: the model that the real one is compared with."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Shelf:
    """Goods on hand, and who holds some of them.

    :ivar held: units by SKU of each order that holds any.
    :ivar barred: orders that were refused or have let go: they get nothing any more.
    """

    on_hand: Counter[str] = field(default_factory=Counter)
    held: dict[UUID, Mapping[str, int]] = field(default_factory=dict)
    barred: set[UUID] = field(default_factory=set)

    def reserved(self, sku: str) -> int:
        return sum(units.get(sku, 0) for units in self.held.values())

    def available(self, sku: str) -> int:
        return self.on_hand[sku] - self.reserved(sku)

    def change(self, sku: str, units: int) -> bool:
        """Put units on the shelf or take them off; what is held stays."""
        possible = self.available(sku) + units >= 0
        self.on_hand[sku] += units if possible else 0
        return possible

    def reserve(self, order: UUID, wanted: Mapping[str, int]) -> str:
        if order not in self.held and order not in self.barred:
            if all(self.available(sku) >= units for sku, units in wanted.items()):
                self.held[order] = wanted
            else:
                self.barred.add(order)
        return "InventoryReserved" if order in self.held else "InventoryReservationFailed"

    def release(self, order: UUID) -> str:
        self.held.pop(order, None)
        self.barred.add(order)
        return "InventoryReleased"
