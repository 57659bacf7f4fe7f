"""Keep a price as JSON: of a quote, or of lines that wait for goods."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from orders.models import Adjustment, OrderLine
from orders.pricing.dividing import Priced

_OF_LINES: Final = (
    *("number", "sku", "name", "quantity", "unit_price", "discount", "amount", "adjustment"),
)
_OF_ADJUSTMENTS: Final = (
    *("number", "kind", "line", "amount", "included", "reason", "rate", "jurisdiction"),
)

Kept = list[dict[str, Any]]


def kept(priced: Priced) -> tuple[Kept, Kept]:
    """Return the lines and the adjustments of a price as JSON takes them."""
    return (
        [_values(line, _OF_LINES) for line in priced.lines],
        [_values(each, _OF_ADJUSTMENTS) for each in priced.adjustments],
    )


def restored(
    lines: Sequence[Mapping[str, Any]],
    adjustments: Sequence[Mapping[str, Any]],
    vouchers: Mapping[str, str] | None = None,
) -> Priced:
    """Return the price that was kept.

    :param vouchers: ids by code.
    """
    return Priced(
        [OrderLine(**line) for line in lines],
        [
            Adjustment(**{**each, "rate": each["rate"] and Decimal(each["rate"])})
            for each in adjustments
        ],
        {code: UUID(voucher_id) for code, voucher_id in (vouchers or {}).items()},
    )


def _values(row: OrderLine | Adjustment, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: str(it) if isinstance(it, Decimal) else it for name, it in values.items()}
