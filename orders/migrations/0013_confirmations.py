import django.db.models.deletion
import outbox.kit.clock
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0012_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='confirmed_email',
            field=models.EmailField(blank=True, help_text='In small letters; what the customer signs in with.', max_length=254, null=True),
        ),
        migrations.CreateModel(
            name='EmailConfirmation',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('sign_up', 'Sign Up'), ('password', 'new password'), ('email', 'other e-mail address'), ('no_account', 'telling that there is no account')], max_length=10)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(blank=True, help_text='Of who signs up.', max_length=200)),
                ('requested_at', models.DateTimeField(default=outbox.kit.clock.database_now)),
                ('used_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='orders.customer')),
            ],
            options={
                'verbose_name': 'e-mail confirmation',
                'indexes': [models.Index(fields=['email'], name='orders_confirmation_email')],
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose__in', ['sign_up', 'password', 'email', 'no_account'])), name='orders_confirmation_purpose')],
            },
        ),
    ]
