"""How orders may end, in plain Python: the model that the real shop is compared with.

It knows what was asked for and nothing of messages, sagas and ledgers. While an order is on its way
several ends are permitted; once it is seen at rest there is one, until it is asked for more.
"""

from dataclasses import dataclass, field

from orders.flows import RESERVE_FIRST
from testkit.shop import PRICE

STANDING = ("confirmed", "fulfilled")


@dataclass(eq=False)
class Expected:
    """One order: the ends that are permitted, as its status or why it was cancelled."""

    flow: str
    units: int
    ends: set[str]
    is_at_rest: bool = False
    returned: int = 0
    is_returning: bool = False
    is_leaving: bool = False

    @property
    def stands_for_certain(self) -> bool:
        return self.is_at_rest and self.ends <= set(STANDING)

    @property
    def has_failed_for_certain(self) -> bool:
        return self.is_at_rest and not self.ends & set(STANDING)

    @property
    def left(self) -> int:
        """Units that the customer keeps if the order stands."""
        return self.units - self.returned

    def kept(self, end: str) -> int:
        """Return the money that is ours when it has ended so."""
        return self.left * PRICE if end in STANDING else 0

    def reserved(self, end: str) -> int:
        """Return the units that it holds when it has ended so."""
        return self.left if end == "confirmed" else 0

    def undo(self, *reasons: str) -> None:
        """Let it be undone for one of these reasons, unless it has failed already."""
        if not self.has_failed_for_certain:
            self.ends = self.ends - set(STANDING) | set(reasons)
            self.is_at_rest = False


@dataclass
class Permitted:
    """All orders of a shop, and the goods that they compete for."""

    stock: int
    orders: list[Expected] = field(default_factory=list)

    def place(self, flow: str, units: int, *, is_declined: bool) -> Expected:
        """Take an order; one that wants more than there is, or whose card is bad, fails."""
        ends = {"payment_declined"} if is_declined else {"confirmed"}
        order = Expected(flow, units, ends)
        self.orders.append(order)
        if sum(each.units for each in self.orders) > self.stock:
            self._let_goods_be_scarce()
        return order

    def _let_goods_be_scarce(self) -> None:
        """Let whoever is on his way find none; who pays first asks for none with a bad card."""
        for order in self.orders:
            goods_come_first = order.flow == RESERVE_FIRST
            if not order.is_at_rest and ("confirmed" in order.ends or goods_come_first):
                order.ends.add("out_of_stock")

    def cancel(self, order: Expected, *, is_refused: bool) -> None:
        """Have a customer ask for it; refused where goods have left or a return is under way."""
        if is_refused:
            assert "fulfilled" in order.ends or order.is_returning
        else:
            assert order.ends != {"fulfilled"}
            order.undo("cancelled_by_customer")

    def fulfil(self, order: Expected, *, is_refused: bool) -> None:
        """Let the goods leave: of an order that stands, and of no other."""
        if is_refused:
            has_left = order.ends == {"fulfilled"}
            assert not order.stands_for_certain or order.is_returning or has_left
        else:
            assert order.ends & set(STANDING)
            order.ends, order.is_at_rest, order.is_leaving = {"fulfilled"}, False, True

    def bring_back(self, order: Expected, units: int, *, answer: str) -> None:
        """Take units back: ``refused``, ``cancelled`` where that is all of them, or ``taken``."""
        if answer == "refused":
            is_busy = order.is_returning or order.is_leaving
            assert not order.stands_for_certain or is_busy or units > order.left
            return
        assert units <= order.left
        assert order.ends & set(STANDING)
        if answer == "cancelled":
            assert units == order.left
            order.undo("cancelled_by_customer")
        else:
            order.ends &= set(STANDING)
            order.returned += units
            order.is_returning = True

    def compensate(self, order: Expected, *, is_refused: bool) -> None:
        """Let an operator give up an order that is still on its way."""
        if not is_refused:
            assert not order.is_at_rest
            order.undo("payment_unresolved", "out_of_stock", "cancelled_by_staff")

    def let_hold_expire(self, order: Expected) -> None:
        """Let the time be over for which goods are held: who has not paid by then loses them."""
        if order.flow == RESERVE_FIRST and not order.is_at_rest and "confirmed" in order.ends:
            order.ends.add("out_of_stock")

    def see(self, order: Expected, end: str) -> None:
        """Compare the end of an order at rest."""
        assert end in order.ends, f"{end} is none of {sorted(order.ends)} ({order.flow})"
        order.ends, order.is_at_rest = {end}, True
        order.is_returning = order.is_leaving = False
