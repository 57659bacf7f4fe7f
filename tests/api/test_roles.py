"""The roles of the staff are groups, and migrate makes them."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from config.access.roles import ROLES

MAY = {
    "support": {"orders.change_order", "orders.propose_refund", "readmodels.view_ordersummary"},
    "finance": {"orders.approve_refund", "payments.view_payment"},
    "warehouse": {"inventory.receive_stock", "inventory.view_stockitem"},
    "catalogue": {
        "orders.add_product",
        "orders.change_product",
        "orders.add_productprice",
        "orders.import_products",
        "orders.view_productprice",
    },
    "importer": {"orders.add_order"},
    "operator": {"outbox.redrive_lane", "sagas.retry_saga", "outbox.view_lane"},
    "admin": {"orders.change_product", "auth.change_user", "config.issue_token"},
}
MAY_NOT = {
    "support": {"orders.approve_refund", "inventory.adjust_stock", "outbox.redrive_lane"},
    "finance": {"orders.change_order", "inventory.adjust_stock", "auth.change_user"},
    "warehouse": {"payments.view_payment", "orders.view_customer", "orders.propose_refund"},
    "catalogue": {"orders.view_customer", "inventory.adjust_stock", "orders.change_order"},
    "importer": {"orders.view_order", "readmodels.view_ordersummary"},
    "operator": {"orders.propose_refund", "auth.change_user", "config.issue_token"},
    "admin": set(),
}


def member_of(role: str) -> User:
    user = User.objects.create_user(role)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_may_what_its_work_needs_and_no_more(role: str) -> None:
    held = member_of(role).get_all_permissions()
    assert held >= MAY[role]
    assert not held & MAY_NOT[role]


@pytest.mark.django_db
def test_what_a_shop_adds_to_a_role_stays_and_what_is_missing_comes_back() -> None:
    finance = Group.objects.get(name="finance")
    importer = Group.objects.get(name="importer")
    finance.permissions.set(importer.permissions.all())
    call_command("migrate", verbosity=0)
    held = member_of("finance").get_all_permissions()
    assert held >= MAY["finance"] | {"orders.add_order"}
