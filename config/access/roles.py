"""The roles of the staff: groups of Django, each with the permissions that it needs.

``migrate`` creates missing groups and gives each the permissions listed here; a shop may add groups
of its own. A customer needs no role: the customer's row names the account.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Final

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, connection

from config.contexts import own_contexts

_LOOKING_UP: Final = (
    "orders.view_*",
    "payments.view_*",
    "inventory.view_*",
    "readmodels.view_*",
    "config.view_minute",
    "config.change_ownership",
    *(f"{name}.view_*" for name in own_contexts()),
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
        *("orders.view_order*", "orders.view_product", "orders.view_shipment*"),
        *("orders.ship_order", "orders.receive_return", "inventory.view_*"),
        *("readmodels.view_order*", "readmodels.view_stocklevel"),
        *("inventory.receive_stock", "inventory.adjust_stock", "inventory.write_off_stock"),
    ),
    "catalogue": (
        *("orders.view_product*", "orders.add_product", "orders.change_product"),
        *("orders.import_products", "orders.add_productprice"),
        *("inventory.view_stockitem", "readmodels.view_stocklevel"),
    ),
    "importer": ("orders.add_order",),
    "operator": (
        *_LOOKING_UP,
        *("outbox.view_*", "outbox.redrive_lane", "outbox.discard_lane", "sagas.*"),
        "outbox.keep_webhookendpoint",
        "outbox.change_fault",
        "readmodels.rebuild_readmodel",
    ),
    "admin": ("*",),
}
"""Permissions as ``app.codename``; a star matches any text."""


def make_roles(*, sender: AppConfig, using: str, **_: Any) -> None:
    """Create the groups and add the permissions listed here; others that they have stay.

    Django calls this for each app after a migration; only the last call does the work, when all
    apps are migrated.
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
    """Tell whether accounts have been migrated: a single app may be migrated alone."""
    return table in connection.introspection.table_names()


def _matching(permissions: Iterable[Permission], wanted: Iterable[str]) -> list[Permission]:
    return [
        each
        for each in permissions
        if any(fnmatchcase(f"{each.content_type.app_label}.{each.codename}", p) for p in wanted)
    ]
