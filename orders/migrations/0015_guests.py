from django.db import migrations, models

# As Django would make it, but while orders are placed.
CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY orders_customer_guest_email
ON orders_customer (guest_email) WHERE guest_email IS NOT NULL
"""
DROP = "DROP INDEX CONCURRENTLY orders_customer_guest_email"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('orders', '0014_confirmed_email_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='guest_email',
            field=models.EmailField(blank=True, help_text='In small letters; of a guest, until the address is confirmed.', max_length=254, null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, DROP)],
            state_operations=[
                migrations.AddConstraint(
                    model_name='customer',
                    constraint=models.UniqueConstraint(condition=models.Q(('guest_email__isnull', False)), fields=('guest_email',), name='orders_customer_guest_email'),
                ),
            ],
        ),
    ]
