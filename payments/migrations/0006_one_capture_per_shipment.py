from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

COUNTED = ("requested", "unknown", "succeeded")
NEW = [
    models.UniqueConstraint(
        fields=["payment"],
        condition=Q(
            kind__in=("capture", "void"), outcome__in=COUNTED, excess=False, rest_stays=False
        ),
        name="payments_one_effective_ending",
    ),
    models.UniqueConstraint(
        fields=["payment", "shipment_id"],
        condition=Q(shipment_id__isnull=False, outcome__in=COUNTED, excess=False),
        name="payments_one_effective_capture_per_shipment",
    ),
    models.UniqueConstraint(
        fields=["payment", "return_id"],
        condition=Q(
            kind="refund",
            return_id__isnull=False,
            outcome__in=COUNTED,
            excess=False,
            is_part=False,
        ),
        name="payments_one_effective_refund_of_return",
    ),
]
OLD = ["payments_one_effective_capture_or_void", "payments_one_effective_refund_per_return"]
CREATE = [
    """
    CREATE UNIQUE INDEX CONCURRENTLY payments_one_effective_ending
    ON payments_paymentoperation (payment_id)
    WHERE NOT excess AND NOT rest_stays AND kind IN ('capture', 'void')
      AND outcome IN ('requested', 'unknown', 'succeeded')
    """,
    """
    CREATE UNIQUE INDEX CONCURRENTLY payments_one_effective_capture_per_shipment
    ON payments_paymentoperation (payment_id, shipment_id)
    WHERE NOT excess AND shipment_id IS NOT NULL
      AND outcome IN ('requested', 'unknown', 'succeeded')
    """,
    """
    CREATE UNIQUE INDEX CONCURRENTLY payments_one_effective_refund_of_return
    ON payments_paymentoperation (payment_id, return_id)
    WHERE NOT excess AND NOT is_part AND kind = 'refund' AND return_id IS NOT NULL
      AND outcome IN ('requested', 'unknown', 'succeeded')
    """,
]


class Migration(migrations.Migration):
    """Each new rule refuses less than the old one, which goes when the new ones hold."""

    atomic = False

    dependencies: ClassVar = [("payments", "0005_shipments")]

    operations: ClassVar = [
        *(
            migrations.SeparateDatabaseAndState(
                [
                    migrations.RunSQL(
                        sql, f"DROP INDEX CONCURRENTLY {constraint.name}", elidable=False
                    )
                ],
                [migrations.AddConstraint("paymentoperation", constraint)],
            )
            for sql, constraint in zip(CREATE, NEW, strict=True)
        ),
        *(
            migrations.SeparateDatabaseAndState(
                [
                    migrations.RunSQL(
                        f"DROP INDEX CONCURRENTLY {name}", migrations.RunSQL.noop, elidable=False
                    )
                ],
                [migrations.RemoveConstraint("paymentoperation", name)],
            )
            for name in OLD
        ),
    ]
