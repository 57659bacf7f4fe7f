"""Authorizations beside charges, and refunds of returns.

The unique indexes are built without blocking writes, so this runs outside of a transaction.
"""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

EFFECTIVE = ("requested", "unknown", "succeeded")

UNIQUE = {
    "payments_one_effective_beginning": (
        ["payment"],
        Q(kind__in=("charge", "authorize"), outcome__in=EFFECTIVE),
        "(payment_id) WHERE kind IN ('charge', 'authorize')",
    ),
    "payments_one_effective_capture_or_void": (
        ["payment"],
        Q(kind__in=("capture", "void"), outcome__in=EFFECTIVE),
        "(payment_id) WHERE kind IN ('capture', 'void')",
    ),
    "payments_one_effective_refund_per_return": (
        ["payment", "return_id"],
        Q(return_id__isnull=False, outcome__in=EFFECTIVE),
        "(payment_id, return_id) WHERE return_id IS NOT NULL",
    ),
}


def unique(name: str) -> migrations.RunSQL:
    """Build the index of a constraint beside running orders."""
    fields, condition, sql = UNIQUE[name]
    return migrations.RunSQL(
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON payments_paymentoperation {sql}"
        " AND outcome IN ('requested', 'unknown', 'succeeded')",
        f"DROP INDEX CONCURRENTLY {name}",
        state_operations=[
            migrations.AddConstraint(
                "paymentoperation",
                models.UniqueConstraint(fields=fields, condition=condition, name=name),
            )
        ],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("payments", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            "paymentoperation",
            "return_id",
            models.UUIDField(
                null=True, help_text="The return that a refund pays out; empty when all goes back."
            ),
        ),
        migrations.AlterField(
            "payment",
            "given_up",
            models.BooleanField(
                default=False,
                help_text="All of it is to go back: what succeeds late is refunded or voided.",
            ),
        ),
        *(unique(name) for name in UNIQUE),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY payments_one_effective_charge",
            "CREATE UNIQUE INDEX CONCURRENTLY payments_one_effective_charge"
            " ON payments_paymentoperation (payment_id)"
            " WHERE kind = 'charge' AND outcome IN ('requested', 'unknown', 'succeeded')",
            state_operations=[
                migrations.RemoveConstraint("paymentoperation", "payments_one_effective_charge")
            ],
        ),
    ]
