from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate

from config import tracing
from config.checks import read_models_have_tables, sessions_have_timeouts
from config.postgresql.room import room_is_left


class WiringConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Start tracing, and connect sign-ins, erasure, roles and system checks.

        Databases are checked before a migration and by ``check --database default``; roles are
        made after a migration.
        """
        from config.access import sign_ins  # noqa: PLC0415 - accounts are models
        from config.access.checks import views_name_what_they_need  # noqa: PLC0415 - likewise
        from config.access.roles import make_roles  # noqa: PLC0415 - likewise
        from config.hand_refunds import entering  # noqa: F401, PLC0415 - carries proposals out
        from config.personal_data.erasing import erase_elsewhere  # noqa: PLC0415 - likewise
        from orders.services import customer_erased  # noqa: PLC0415 - likewise

        tracing.start()
        sign_ins.listen()
        post_migrate.connect(make_roles, dispatch_uid="config.access.roles")
        customer_erased.connect(erase_elsewhere, dispatch_uid="config.personal_data.erasing")
        checks.register(views_name_what_they_need, checks.Tags.urls)
        checks.register(sessions_have_timeouts, checks.Tags.database)
        # Only with --deploy: before the first migration there are no tables.
        checks.register(read_models_have_tables, checks.Tags.database, deploy=True)
        checks.register(room_is_left, checks.Tags.database, deploy=True)
