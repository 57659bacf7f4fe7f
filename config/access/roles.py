"""The roles of the staff: groups of Django, each with the permissions that it needs.

They are data: ``migrate`` makes those that are missing, and gives each what stands here. What
else a shop wants is a group of its own. A customer needs no role: it is the account that a
customer's row names.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Final

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, connection

_LOOKING_UP: Final = (
    "orders.view_*",
    "payments.view_*",
    "inventory.view_*",
    "readmodels.view_*",
)

ROLES: Final = {
    "support": (
        *_LOOKING_UP,
        "orders.change_order",
        "orders.change_customer",
        "orders.propose_refund",
    ),
    "finance": (
        *_LOOKING_UP,
        "orders.propose_refund",
        "orders.approve_refund",
        "payments.look_after_payment",
        "payments.enter_hand_refund",
    ),
    "warehouse": (
        *("orders.view_order*", "orders.view_product", "inventory.view_*"),
        *("readmodels.view_order*", "readmodels.view_stocklevel"),
        *("inventory.receive_stock", "inventory.adjust_stock", "inventory.write_off_stock"),
    ),
    "importer": ("orders.add_order",),
    "operator": (
        *_LOOKING_UP,
        *("outbox.view_*", "outbox.redrive_lane", "outbox.discard_lane", "sagas.*"),
    ),
    "admin": ("*",),
}
"""Permissions as ``app.codename``; a star stands for any text."""


def make_roles(*, sender: AppConfig, using: str, **_: Any) -> None:
    """Make the groups, and give each the permissions that are named here; others keep theirs.

    Django calls this for each app after a migration; the last one has everything before it.
    """
    configs = list(apps.get_app_configs())
    if using != DEFAULT_DB_ALIAS or sender != configs[-1] or not _has(Group._meta.db_table):  # noqa: SLF001 - Django's documented Model._meta API
        return
    for each in configs:
        create_permissions(each, verbosity=0)
    permissions = list(Permission.objects.select_related("content_type"))
    for role, wanted in ROLES.items():
        group = Group.objects.get_or_create(name=role)[0]
        group.permissions.add(*_matching(permissions, wanted))


def _has(table: str) -> bool:
    """Say whether accounts have been migrated: somebody may migrate one app alone."""
    return table in connection.introspection.table_names()


def _matching(permissions: Iterable[Permission], wanted: Iterable[str]) -> list[Permission]:
    return [
        each
        for each in permissions
        if any(fnmatchcase(f"{each.content_type.app_label}.{each.codename}", p) for p in wanted)
    ]
