from django.db import migrations, models

# As Django would make it, but while orders are placed.
CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY orders_customer_confirmed_email
ON orders_customer (confirmed_email) WHERE confirmed_email IS NOT NULL
"""
DROP = "DROP INDEX CONCURRENTLY orders_customer_confirmed_email"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('orders', '0013_confirmations'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, DROP)],
            state_operations=[
                migrations.AddConstraint(
                    model_name='customer',
                    constraint=models.UniqueConstraint(condition=models.Q(('confirmed_email__isnull', False)), fields=('confirmed_email',), name='orders_customer_confirmed_email'),
                ),
            ],
        ),
    ]
