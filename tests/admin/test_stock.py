"""Staff change stock in the admin: shown first, done by POST, with a reason and a permission."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from inventory.models import StockItem, StockMovement
from outbox.models import OperatorAct
from tests.admin.conftest import Outcomes
from tests.admin.forms import filled, send

MUG = reverse("admin:inventory_stockitem_change", args=["MUG"])
ACTS = {
    "receive": ("receive_stock", 3, 3),
    "adjust": ("adjust_stock", -2, -2),
    "write_off": ("write_off_stock", 2, -2),
}

acts = pytest.mark.parametrize("act", ACTS)


def page(act: str) -> str:
    return reverse(f"admin:inventory_stockitem_{act}", args=["MUG"])


def on_hand() -> int:
    return StockItem.objects.get(sku="MUG").on_hand


@pytest.fixture
def clerk(db: None, outcomes: Outcomes) -> Client:  # noqa: ARG001 - what is looked at
    """Log somebody in who may look at stock, and nothing else."""
    user = User.objects.create(username="clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_stockitem"))
    client = Client()
    client.force_login(user)
    return client


def allow(codename: str) -> None:
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename=codename))


@acts
def test_looking_at_the_page_of_an_act_changes_nothing(operator: Client, act: str) -> None:
    before = on_hand()
    shown = operator.get(page(act))
    assert shown.status_code == 200
    assert f"{before} on hand" in shown.content.decode()
    assert on_hand() == before


@acts
def test_confirming_it_does_it_under_ones_name(clerk: Client, act: str) -> None:
    permission, units, change = ACTS[act]
    allow(permission)
    before = on_hand()
    assert page(act) in clerk.get(MUG).content.decode()
    done = send(clerk, page(act), {"units": units, "reason": "counted"})
    assert (done.status_code, done.headers["Location"]) == (302, MUG)
    assert on_hand() == before + change
    recorded = OperatorAct.objects.exclude(verb="sign in").get(actor="clerk")
    assert (recorded.subject, recorded.reason) == ("MUG", "counted")


@acts
def test_who_has_no_permission_is_offered_nothing_and_refused(clerk: Client, act: str) -> None:
    before = on_hand()
    assert page(act) not in clerk.get(MUG).content.decode()
    assert clerk.get(page(act)).status_code == 403
    assert clerk.post(page(act), {"units": 1, "reason": "counted"}).status_code == 403
    assert on_hand() == before


@acts
@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"units": "1", "reason": ""}, "This field is required"),
        ({"units": "1", "reason": "  "}, "This field is required"),
        ({"units": "some", "reason": "counted"}, "Enter a whole number"),
        ({"units": "", "reason": "counted"}, "This field is required"),
    ],
)
def test_what_is_missing_is_asked_for_again(
    operator: Client, act: str, asked: dict[str, str], complaint: str
) -> None:
    before = StockMovement.objects.count()
    assert complaint in send(operator, page(act), asked).content.decode()
    assert StockMovement.objects.count() == before


@pytest.mark.parametrize(("act", "units"), [("write_off", 99), ("adjust", -99)])
def test_what_orders_hold_cannot_be_taken_away(operator: Client, act: str, units: int) -> None:
    before = on_hand()
    shown = send(operator, page(act), {"units": units, "reason": "stolen"})
    assert "99 are to go" in shown.content.decode()
    assert on_hand() == before
    assert not OperatorAct.objects.filter(subject="MUG").exists()


def test_a_sku_that_does_not_exist_has_no_page(operator: Client) -> None:
    address = reverse("admin:inventory_stockitem_receive", args=["MUGG"])
    assert operator.get(address).status_code == 404


@acts
def test_a_form_that_is_sent_twice_is_carried_out_once(operator: Client, act: str) -> None:
    _, units, change = ACTS[act]
    before = on_hand()
    form = filled(operator.get(page(act)), {"units": units, "reason": "delivery note 4711"})
    assert operator.post(page(act), form).status_code == 302
    again = operator.post(page(act), form).content.decode()
    assert "This form was sent before, and done once" in again
    assert on_hand() == before + change
    assert OperatorAct.objects.filter(reason="delivery note 4711").count() == 1


def test_the_same_act_is_done_again_from_a_page_that_is_opened_again(operator: Client) -> None:
    before = on_hand()
    for _ in range(2):
        send(operator, page("receive"), {"units": 12, "reason": "one box"})
    assert on_hand() == before + 24


def test_a_form_that_was_refused_can_be_mended_and_sent_again(operator: Client) -> None:
    before = on_hand()
    form = filled(operator.get(page("write_off")), {"units": 99, "reason": "stolen"})
    assert "99 are to go" in operator.post(page("write_off"), form).content.decode()
    assert operator.post(page("write_off"), form | {"units": 1}).status_code == 302
    assert on_hand() == before - 1


def test_what_comes_from_no_page_of_ours_is_shown_first(operator: Client) -> None:
    before = on_hand()
    shown = operator.post(page("receive"), {"units": 12, "reason": "delivery note 4711"})
    assert (shown.status_code, on_hand()) == (200, before)
