"""Use vouchers within their limits, give them back, and keep them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from orders.models import Order, Voucher, VoucherUse
from orders.pricing import VoucherUsedUp
from outbox.acts import record_act
from outbox.kit.clock import database_now
from outbox.kit.rows import bulk

# The row of a voucher is locked by counting it, so that of many orders at once those beyond the
# limit wait, and then count nothing.
_COUNT = """
WITH counted AS (
    UPDATE orders_voucher SET used = used + 1
    WHERE id = %(voucher)s AND ("limit" IS NULL OR used < "limit")
    RETURNING id, limit_per_customer
), held AS (
    INSERT INTO orders_voucherholder AS holder (voucher_id, customer_id, used)
    SELECT id, %(customer)s, 1 FROM counted WHERE coalesce(limit_per_customer, 1) > 0
    ON CONFLICT (voucher_id, customer_id) DO UPDATE SET used = holder.used + 1
    WHERE holder.used < coalesce((SELECT limit_per_customer FROM counted), holder.used + 1)
    RETURNING 1
)
SELECT (SELECT count(*) FROM counted), (SELECT count(*) FROM held)
"""

# The order with which each of these orders began: itself, or what it is a backorder of.
_FIRST = """
WITH RECURSIVE part AS (
    SELECT id, backorder_of_id FROM orders_order WHERE id = ANY(%s)
    UNION
    SELECT o.id, o.backorder_of_id FROM orders_order o JOIN part ON o.id = part.backorder_of_id
)
SELECT DISTINCT part.id FROM part JOIN orders_voucheruse u ON u.order_id = part.id
WHERE part.backorder_of_id IS NULL AND u.given_back_at IS NULL
"""

_LOCK = """
SELECT id FROM orders_voucher
WHERE id IN (SELECT voucher_id FROM orders_voucheruse WHERE order_id = ANY(%s))
ORDER BY id FOR UPDATE
"""

# Asked once the vouchers are locked: of two parts that are cancelled at once the second sees both.
_UNDONE = """
WITH RECURSIVE part AS (
    SELECT id AS first, id, status FROM orders_order WHERE id = ANY(%s)
    UNION
    SELECT part.first, o.id, o.status FROM orders_order o JOIN part ON o.backorder_of_id = part.id
)
SELECT first FROM part GROUP BY first HAVING bool_and(status = 'cancelled')
"""

_GIVE_BACK = """
WITH given AS (
    UPDATE orders_voucheruse SET given_back_at = %(now)s
    WHERE order_id = ANY(%(orders)s) AND given_back_at IS NULL RETURNING voucher_id, order_id
), counts AS (
    SELECT voucher_id, count(*) AS times FROM given GROUP BY voucher_id
), of_holders AS (
    SELECT voucher_id, customer_id, count(*) AS times
    FROM given JOIN orders_order o ON o.id = given.order_id GROUP BY voucher_id, customer_id
), lowered AS (
    UPDATE orders_voucherholder holder SET used = holder.used - of_holders.times FROM of_holders
    WHERE holder.voucher_id = of_holders.voucher_id AND holder.customer_id = of_holders.customer_id
)
UPDATE orders_voucher voucher SET used = voucher.used - counts.times FROM counts
WHERE voucher.id = counts.voucher_id
"""


class VoucherKnown(Exception):
    """A voucher has this code already: choose another."""


def use_vouchers(order: Order, vouchers: Mapping[str, UUID]) -> None:
    """Count an order against the limits of its vouchers, in the transaction that places it.

    :param vouchers: ids by code.
    :raises VoucherUsedUp: as many orders as it allows use one already, in all or of the customer.
    """
    for code, voucher_id in sorted(vouchers.items(), key=lambda each: each[1]):
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"voucher": voucher_id, "customer": order.customer_id})
            in_all, of_customer = cursor.fetchone()
        if not in_all:
            raise VoucherUsedUp(f"{code} is used up")
        if not of_customer:
            raise VoucherUsedUp(
                f"{code} is used up: you have ordered with it as often as it allows"
            )
    bulk.insert(VoucherUse(order_id=order.id, voucher_id=each) for each in vouchers.values())


def give_back_vouchers(order_ids: Collection[UUID]) -> None:
    """Give back the vouchers of purchases of which nothing stands any more, each once.

    :param order_ids: orders that were cancelled; a backorder uses the vouchers of the first order.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [list(order_ids)])
        if first := [row[0] for row in cursor.fetchall()]:
            cursor.execute(_LOCK, [first])
            cursor.execute(_UNDONE, [first])
            undone = [row[0] for row in cursor.fetchall()]
            cursor.execute(_GIVE_BACK, {"orders": undone, "now": timezone.now()})


@transaction.atomic
def issue_voucher(*, values: Mapping[str, Any], reason: str, actor: str) -> Voucher:
    """Issue a voucher.

    :param values: the columns of its row.
    :raises VoucherKnown: a voucher has this code already.
    :raises ReasonMissing: no reason is given.
    """
    voucher = Voucher(**{**values, "code": values["code"].strip().upper()})
    try:
        with transaction.atomic():
            voucher.save()
    except IntegrityError as error:
        raise VoucherKnown(f"{voucher.code} exists already: choose another code") from error
    _record("issue voucher", voucher, reason, actor)
    return voucher


@transaction.atomic
def end_voucher(*, voucher_id: UUID, reason: str, actor: str) -> Voucher:
    """End a voucher now; orders and quotes that have it keep it.

    :raises Voucher.DoesNotExist: there is no such voucher.
    :raises ReasonMissing: no reason is given.
    """
    voucher = Voucher.objects.select_for_update().get(pk=voucher_id)
    now = database_now()
    if voucher.valid_until is None or voucher.valid_until > now:
        voucher.valid_until = now
        voucher.save(update_fields=["valid_until"])
    _record("end voucher", voucher, reason, actor)
    return voucher


def _record(verb: str, voucher: Voucher, reason: str, actor: str) -> None:
    names: Sequence[str] = ("percent", "amount", "currency", "limit", "limit_per_customer")
    details = {name: value for name in names if (value := getattr(voucher, name)) is not None}
    record_act(
        actor=actor,
        verb=verb,
        subject=voucher.code,
        reason=reason,
        details={
            name: value if isinstance(value, int) else str(value) for name, value in details.items()
        },
    )
