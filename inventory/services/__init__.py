"""Use cases of inventory: reservations, waiting orders, and corrections by staff.

Those that handlers call join the transaction of the turn without a savepoint: if one fails, the
whole turn is repeated.
"""

from inventory.services.awaiting import await_goods, wake, wake_after_commit
from inventory.services.capping import lock_customers
from inventory.services.consuming import consume_shipments, restock_returns
from inventory.services.expiring import expire_holds, keep_while_payment_is_unknown
from inventory.services.holding import hold_for_orders
from inventory.services.releasing import release_for_orders
from inventory.services.reserving import (
    commit_for_orders,
    forget_wanted,
    note_wanted,
    reserve_for_orders,
    reserve_wanted,
)
from inventory.stock import lock_goods

__all__ = [
    "await_goods",
    "commit_for_orders",
    "consume_shipments",
    "expire_holds",
    "forget_wanted",
    "hold_for_orders",
    "keep_while_payment_is_unknown",
    "lock_customers",
    "lock_goods",
    "note_wanted",
    "release_for_orders",
    "reserve_for_orders",
    "reserve_wanted",
    "restock_returns",
    "wake",
    "wake_after_commit",
]
