"""The pages of errors and of redrives: what stops lanes, what it holds up, and ending it."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from outbox.admin.messages import redacted
from outbox.models import Fault, Lane, Message, OperatorAct, Redrive, RedriveStatus
from outbox.operations.faults import faults
from outbox.operations.redrives import NothingChosen, advance_redrives
from testkit.delivering import settle
from testkit.shop import PRICE, Shop
from tests.admin.forms import send

BEGIN = "/admin/outbox/redrive/begin/"


@pytest.fixture
def boss(db: None) -> Client:  # noqa: ARG001 - the tables
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def stuck(shop: Shop) -> list[Any]:
    """Return two orders whose first message no contract reads, so that lanes stop."""
    orders = [shop.order(), shop.order({"MUG": 2})]
    placed = Message.objects.filter(correlation_id__in=[order.pk for order in orders])
    placed.update(payload={"order_id": "<b>what</b>", "note": "secret"})
    settle()
    return orders


def clerk(*codenames: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_without_dead_letters_the_page_says_what_would_be_there(boss: Client) -> None:
    assert "There are no dead letters." in shown(boss, "/admin/errors/")
    assert boss.get("/admin/errors/nothing/").status_code == 404


@pytest.mark.usefixtures("stuck")
def test_errors_are_grouped_and_say_what_they_hold_up(boss: Client) -> None:
    found = faults()
    page = shown(boss, "/admin/errors/")
    assert all(each.title in page for each in found)
    assert sum(each.dead for each in found) == Lane.objects.filter(stopped=True).count()
    one = shown(boss, f"/admin/errors/{found[0].key}/")
    assert "2 dead letters, which hold up 2 orders of 37.50 GBP; growing." in one
    assert 3 * PRICE == 3750
    assert "<b>what</b>" not in one
    assert 'class="console-ours"' in one
    letters = boss.get(f"/admin/outbox/deadletter/?fault={found[0].key}")
    assert letters.context["cl"].result_count == 2
    assert found[0].title in shown(boss, "/admin/")


@pytest.mark.usefixtures("stuck")
def test_money_is_shown_to_those_who_may_see_orders() -> None:
    (key, *_) = (each.key for each in faults())
    assert "hold up" not in shown(clerk("view_lane"), f"/admin/errors/{key}/")


@pytest.mark.usefixtures("stuck")
def test_what_is_known_of_an_error_is_noted_and_shown(boss: Client) -> None:
    key = faults()[0].key
    said = {"owner": "ada", "fixed_in": "1.5", "note": "the bank", "reason": "seen it"}
    answer = send(boss, f"/admin/errors/{key}/note/", said, follow=True)
    assert "Known, fixed in release 1.5." in answer.content.decode()
    assert Fault.objects.get().owner == "ada"
    assert OperatorAct.objects.latest("pk").verb == "note fault"
    assert "1.5" in shown(boss, "/admin/errors/")


@pytest.mark.usefixtures("stuck")
def test_a_redrive_is_previewed_begun_watched_and_kept(boss: Client) -> None:
    key = faults()[0].key
    page = shown(boss, f"{BEGIN}?fault={key}")
    assert "Redrive 2 dead letters" in page
    assert not Redrive.objects.exists()
    how = {"pace": "ramp", "per_minute": "", "most_failing": "10", "reason": "mended"}
    begun = send(boss, f"{BEGIN}?fault={key}", how, follow=True)
    row = Redrive.objects.get()
    assert (row.actor, row.number, row.chosen) == ("boss", 2, {"fault": key})
    live = reverse("admin:outbox_redrive_live", args=[row.pk])
    assert live in begun.content.decode()
    advance_redrives()
    settle()
    advance_redrives()
    assert "Stopped: too many failed again: 1 of 2 tried" in shown(boss, live)
    assert "data-live" not in shown(boss, live)
    assert "2 of fault" in shown(boss, "/admin/outbox/redrive/")


@pytest.mark.usefixtures("stuck")
def test_a_redrive_that_runs_is_cancelled_with_a_reason(boss: Client) -> None:
    how = {"pace": "all", "per_minute": "1", "most_failing": "100", "reason": "mended"}
    send(boss, BEGIN, how)
    row = Redrive.objects.get()
    cancel = reverse("admin:outbox_redrive_cancel_this", args=[row.pk])
    send(boss, cancel, {"reason": "enough"})
    row.refresh_from_db()
    assert row.status == RedriveStatus.CANCELLED
    assert "This redrive has ended." in boss.get(cancel, follow=True).content.decode()


@pytest.mark.usefixtures("stuck")
def test_each_page_and_act_has_its_permission() -> None:
    key = faults()[0].key
    looking = clerk("view_lane", "view_deadletter")
    assert looking.get("/admin/errors/").status_code == 200
    assert looking.get(f"/admin/errors/{key}/note/").status_code == 403
    assert looking.get(f"{BEGIN}?fault={key}").status_code == 403
    assert "Redrive…" not in shown(looking, f"/admin/errors/{key}/")


def test_nothing_chosen_is_refused_where_it_was_asked(boss: Client) -> None:
    how = {"pace": "one", "most_failing": "10", "reason": "why not"}
    answer = send(boss, f"{BEGIN}?fault=%00", how)
    assert str(NothingChosen.__doc__) in answer.content.decode()


@pytest.mark.usefixtures("stuck")
def test_contents_of_messages_are_for_those_who_may_read_them(boss: Client) -> None:
    message = Message.objects.filter(payload__has_key="note")[0]
    address = reverse("admin:outbox_message_change", args=[message.pk])
    assert "secret" in shown(boss, address)
    page = shown(clerk("view_message"), address)
    assert "secret" not in page
    assert "what" in page


def test_redacting_keeps_names_and_ids_only() -> None:
    assert redacted({"order_id": "7", "lines": [{"sku": "MUG"}], "amount": 3}) == {
        "order_id": "7",
        "lines": [{"sku": "…"}],
        "amount": "…",
    }
