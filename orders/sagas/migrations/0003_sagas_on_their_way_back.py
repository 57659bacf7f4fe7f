from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('sagas', '0002_patience_and_pauses'),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE sagas_sagainstance s SET undoing = true
            WHERE s.status IN ('compensating', 'compensated')
               OR s.status = 'needs_attention' AND EXISTS (
                   SELECT FROM sagas_sagastep t WHERE t.saga_id = s.id AND t.status IN (
                       'compensating', 'compensated', 'compensation_failed', 'failed'))
            """,
            migrations.RunSQL.noop,
        ),
    ]
