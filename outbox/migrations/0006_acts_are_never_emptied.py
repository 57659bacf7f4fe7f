from typing import ClassVar

from django.db import migrations

REFUSE = """
CREATE TRIGGER outbox_act_never_emptied BEFORE TRUNCATE ON outbox_operatoract
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_refuse_change();
"""
ALLOW = "DROP TRIGGER outbox_act_never_emptied ON outbox_operatoract;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("outbox", "0005_daily_work")]

    operations: ClassVar = [migrations.RunSQL(REFUSE, ALLOW)]
