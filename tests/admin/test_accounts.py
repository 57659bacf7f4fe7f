"""Who may do what is changed in the admin, and each change is on record."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from outbox.models import OperatorAct
from tests.admin.forms import filled, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create(username="boss", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", is_staff=True)


def last_act() -> tuple[str, str, str, Any]:
    act = OperatorAct.objects.latest("pk")
    return act.actor, act.verb, act.subject, act.details


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "12:00:00",
        **changes,
    }


def test_a_change_of_groups_and_permissions_says_what_came_and_what_went(
    boss: Client, ada: User
) -> None:
    ada.groups.add(Group.objects.get(name="support"))
    finance = Group.objects.get(name="finance")
    approve = Permission.objects.get(codename="approve_refund")
    changed = form_of(ada, groups=[finance.pk], user_permissions=[approve.pk], is_superuser="on")
    assert send(boss, f"/admin/auth/user/{ada.pk}/change/", changed).status_code == 302
    actor, verb, subject, details = last_act()
    assert (actor, verb, subject) == ("boss", "change user", "ada")
    assert details["groups"] == {"added": ["finance"], "removed": ["support"]}
    assert details["user_permissions"] == {"added": [str(approve)], "removed": []}
    assert details["is_superuser"] == {"before": False, "after": True}


def test_a_new_account_is_on_record_without_its_password(boss: Client) -> None:
    password = "nobody has guessed this one"
    form = {"username": "eve", "password1": password, "password2": password}
    added = send(boss, "/admin/auth/user/add/", {**form, "usable_password": "true"})
    assert added.status_code == 302
    eve = User.objects.get(username="eve")
    assert last_act()[:3] == ("boss", "add user", f"user {eve.pk}")
    assert password not in str(last_act())


def test_no_act_says_what_a_customer_is_called(boss: Client) -> None:
    account = User.objects.create_user("zebedee_q")
    renamed = form_of(account, is_staff="", username="zeb.quux", email="zeb@quux.example")
    assert send(boss, f"/admin/auth/user/{account.pk}/change/", renamed).status_code == 302
    assert last_act()[:3] == ("boss", "change user", f"user {account.pk}")
    assert last_act()[3]["username"] == "changed"
    assert "quux" not in str(list(OperatorAct.objects.values_list("subject", "details")))


def test_a_password_that_somebody_sets_is_on_record(boss: Client, ada: User) -> None:
    password = "nobody has guessed this one"
    form = {"password1": password, "password2": password, "usable_password": "true"}
    address = f"/admin/auth/user/{ada.pk}/password/"
    before = OperatorAct.objects.count()
    assert send(boss, address, {**form, "password2": "another"}).status_code == 200
    assert OperatorAct.objects.count() == before
    assert send(boss, address, form).status_code == 302
    assert last_act() == ("boss", "set password", "ada", {})


def test_a_change_of_a_group_is_on_record(boss: Client) -> None:
    group = Group.objects.create(name="night shift")
    permission = Permission.objects.get(codename="receive_stock")
    changed = {"name": "night shift", "permissions": [permission.pk]}
    assert send(boss, f"/admin/auth/group/{group.pk}/change/", changed).status_code == 302
    actor, verb, subject, details = last_act()
    assert (actor, verb, subject) == ("boss", "change group", "night shift")
    assert details["permissions"]["added"] == [str(permission)]


def test_a_change_that_cannot_be_recorded_is_not_made(
    boss: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("config.access.accounts.record_act", fail)
    changed = form_of(ada, is_superuser="on")
    with pytest.raises(ZeroDivisionError):
        send(boss, f"/admin/auth/user/{ada.pk}/change/", changed)
    ada.refresh_from_db()
    assert not ada.is_superuser


def test_nobody_whom_acts_may_name_is_deleted(boss: Client, ada: User) -> None:
    assert boss.post(f"/admin/auth/user/{ada.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"}
    boss.post("/admin/auth/user/", chosen)
    assert User.objects.filter(pk=ada.pk).exists()


def forms_of_accounts(ada: User) -> dict[str, dict[str, Any]]:
    password = "nobody has guessed this one"
    passwords = {"password1": password, "password2": password, "usable_password": "true"}
    group = Group.objects.create(name="night shift")
    return {
        "/admin/auth/user/add/": {"username": "eve", **passwords},
        f"/admin/auth/user/{ada.pk}/change/": form_of(ada, is_superuser="on"),
        f"/admin/auth/user/{ada.pk}/password/": passwords,
        "/admin/auth/group/add/": {"name": "day shift"},
        f"/admin/auth/group/{group.pk}/change/": {"name": "late shift"},
    }


def test_a_form_of_an_account_or_a_group_that_is_sent_twice_is_carried_out_once(
    boss: Client, ada: User
) -> None:
    for address, fields in forms_of_accounts(ada).items():
        before = OperatorAct.objects.count()
        form = filled(boss.get(address), fields)
        first, again = (boss.post(address, form) for _ in range(2))
        assert (first.status_code, again.status_code) == (302, 200), address
        assert OperatorAct.objects.count() == before + 1, address


def test_a_form_that_was_refused_is_sent_again_and_a_repetition_undoes_nothing(
    boss: Client, ada: User
) -> None:
    address = f"/admin/auth/user/{ada.pk}/change/"
    form = filled(boss.get(address), form_of(ada, first_name="Ada"))
    assert boss.post(address, {**form, "username": ""}).status_code == 200
    assert boss.post(address, form).status_code == 302
    User.objects.filter(pk=ada.pk).update(first_name="Augusta")
    assert "This form was sent before" in boss.post(address, form).content.decode()
    assert User.objects.get(pk=ada.pk).first_name == "Augusta"
    assert "submission" not in last_act()[3]


def test_no_cookie_tells_what_was_done(boss: Client) -> None:
    added = send(boss, "/admin/auth/group/add/", {"name": "day shift"})
    assert boss.cookies.keys() == {"sessionid", "csrftoken"}
    assert "was added successfully" in boss.get(added.url).content.decode()
