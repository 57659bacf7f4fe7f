from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate

from config import tracing
from config.checks import read_models_have_tables, sessions_end_by_themselves


class WiringConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Begin to trace if that is wanted, and hear who signs in and who is erased.

        The surroundings are checked before a migration and by ``check --database default``, roles
        are made after a migration.
        """
        from config.access import sign_ins  # noqa: PLC0415 - accounts are models
        from config.access.roles import make_roles  # noqa: PLC0415 - likewise
        from config.hand_refunds import entering  # noqa: F401, PLC0415 - carries proposals out
        from config.personal_data.erasing import erase_elsewhere  # noqa: PLC0415 - likewise
        from orders.services import customer_erased  # noqa: PLC0415 - likewise

        tracing.start()
        sign_ins.listen()
        post_migrate.connect(make_roles, dispatch_uid="config.access.roles")
        customer_erased.connect(erase_elsewhere, dispatch_uid="config.personal_data.erasing")
        checks.register(sessions_end_by_themselves, checks.Tags.database)
        # Before a migration there are none.
        checks.register(read_models_have_tables, checks.Tags.database, deploy=True)
