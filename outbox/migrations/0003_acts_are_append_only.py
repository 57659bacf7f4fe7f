from typing import ClassVar

from django.db import migrations

REFUSE = """
CREATE FUNCTION outbox_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: add a row instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER outbox_act_append_only BEFORE UPDATE OR DELETE ON outbox_operatoract
    FOR EACH ROW EXECUTE FUNCTION outbox_refuse_change();
CREATE TRIGGER outbox_act_never_emptied BEFORE TRUNCATE ON outbox_operatoract
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_refuse_change();
"""
ALLOW = """
DROP TRIGGER outbox_act_never_emptied ON outbox_operatoract;
DROP TRIGGER outbox_act_append_only ON outbox_operatoract;
DROP FUNCTION outbox_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("outbox", "0002_tables_that_are_hot")]

    operations: ClassVar = [migrations.RunSQL(REFUSE, ALLOW)]
