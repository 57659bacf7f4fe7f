"""Export customers as CSV, and import them: planned first, then carried out as planned.

A row is a customer, found by ``id`` or else by ``reference``; one that is not known is added, and
needs a reference, so that the list can be imported again. A column that is left out stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from orders.languages import LANGUAGES
from orders.models import Customer
from orders.services.csv_lists import Plan, cell, cells_of, line_of, one_line_in, rows_in
from orders.services.customers import add_customer, correct_customer

COLUMNS: Final = ("id", "reference", "name", "email", "country", "language")
REQUIRED: Final = {"reference", "name"}


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """What one row of a list changes.

    :ivar customer_id: ``None`` for a customer who is added.
    :ivar what: ``add`` or ``change``.
    :ivar values: the new values by name.
    :ivar before: the present values of those that change.
    """

    line: int
    customer_id: UUID | None
    reference: str
    what: str
    values: Mapping[str, str]
    before: Mapping[str, str] = field(default_factory=dict)


def export_customers() -> Iterator[str]:
    """Yield the lines of a list of all customers but those who were erased."""
    yield line_of(COLUMNS)
    rows = Customer.objects.filter(erased_at=None).order_by("pk").values_list(*COLUMNS)
    for row in rows.iterator(chunk_size=1000):
        yield line_of(cell(str(each or "")) for each in row)


def plan_import(text: str) -> Plan:
    """Return what a list would change; nothing is written."""
    plan = Plan()
    rows = rows_in(text, plan, required=REQUIRED, columns=COLUMNS)
    seen: dict[UUID | str, int] = {}
    for line, row in rows:
        try:
            values = _read(cells_of(row))
            customer = _found(values.pop("id", None), values["reference"])
            _require_once(customer.pk if customer else values["reference"], line, seen)
            plan.changes.extend(_changes(line, values, customer))
        except ValueError as error:
            plan.problems.append((line, str(error)))
    return plan


@transaction.atomic
def import_customers(*, text: str, digest: str, reason: str, actor: str) -> Plan:
    """Carry out what was planned, each change as an act of its own, all of them or none.

    :param digest: that of the plan that was shown.
    :raises ListRefused: the list has problems, or would change something else by now.
    :raises ReasonMissing: no reason is given.
    """
    plan = plan_import(text)
    plan.require_as_seen(digest)
    why: dict[str, Any] = {"reason": reason, "actor": actor}
    for each in plan.changes:
        if each.customer_id is None:
            add_customer(reference=each.reference, **each.values, **why)
        else:
            correct_customer(customer_id=each.customer_id, changes=each.values, **why)
    return plan


def _require_once(key: UUID | str, line: int, seen: dict[UUID | str, int]) -> None:
    if (before := seen.setdefault(key, line)) != line:
        raise ValueError(f"this customer stands in line {before} already")


def _found(customer_id: UUID | None, reference: str) -> Customer | None:
    """Return the customer of a row; ``None`` for a new one.

    :raises ValueError: the row names none, or one who cannot be changed like that.
    """
    known = Customer.objects.filter(erased_at=None)
    if customer_id is None and not reference:
        raise ValueError("reference: a new customer needs one")
    if customer_id is None:
        return known.filter(reference=reference).first()
    customer = known.filter(pk=customer_id).first()
    if customer is None:
        raise ValueError("id: there is no such customer")
    if reference and reference != customer.reference:
        raise ValueError("reference: this customer has another, which an import does not change")
    return customer


def _changes(
    line: int, values: dict[str, str], customer: Customer | None
) -> Iterator[CustomerChange]:
    reference = values.pop("reference")
    if customer is None:
        yield CustomerChange(line, None, reference, "add", values)
        return
    before = {name: getattr(customer, name) for name in values}
    new = {name: value for name, value in values.items() if value != before[name]}
    if new:
        old = {name: before[name] for name in new}
        yield CustomerChange(line, customer.pk, customer.reference or "", "change", new, old)


def _read(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a row.

    :raises ValueError: one of them cannot be used; the message says why.
    """
    values: dict[str, Any] = {
        "reference": one_line_in("reference", texts["reference"], least=0, most=80),
        "name": one_line_in("name", texts["name"], least=1, most=200),
    }
    if texts.get("id"):
        values["id"] = _id(texts["id"])
    if "email" in texts:
        values["email"] = _email(texts["email"])
    if "country" in texts:
        values["country"] = one_line_in("country", texts["country"], least=0, most=60)
    if "language" in texts:
        values["language"] = texts["language"]
        if texts["language"] and texts["language"] not in LANGUAGES:
            raise ValueError(f"language: one of {', '.join(sorted(LANGUAGES))}, or nothing")
    return values


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("id: as the export has it; empty for a new customer") from None


def _email(text: str) -> str:
    try:
        if text:
            validate_email(one_line_in("email", text, least=0, most=254))
    except ValidationError:
        raise ValueError("email: an address such as ada@shop.example") from None
    return text
