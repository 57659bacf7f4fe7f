"""An operator redrives and discards dead letters, by POST, after a page that says what it does."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from orders.models import Order
from outbox.models import Lane, OperatorAct
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.admin.forms import filled, send

LIST = reverse("admin:outbox_deadletter_changelist")
WHY = {"reason": "the bank is back", "limit": ""}


@pytest.fixture
def letters(shop: Shop) -> list[Lane]:
    """Place three orders whose calls to the gateway were given up."""
    for _ in range(3):
        shop.order()
    settle_all_but("gateway")
    Lane.objects.filter(subscriber="gateway").update(
        stopped=True,
        attempts=20,
        message_type="CallGateway",
        error="Lost: no answer",
        error_type="Lost",
    )
    return list(Lane.objects.filter(stopped=True).order_by("pk"))


@pytest.fixture
def client(letters: list[Lane]) -> Client:  # noqa: ARG001 - what is looked at
    client = Client()
    client.force_login(User.objects.create_superuser("grace"))
    return client


def trainee(*permissions: str) -> Client:
    """Log in somebody who may look at dead letters, and has these permissions besides."""
    user = User.objects.create(username="trainee", is_staff=True)
    names = ("view_deadletter", *permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def chosen(letters: list[Lane], action: str) -> dict[str, Any]:
    keys = [letter.pk for letter in letters]
    return {"action": action, "_selected_action": keys, "index": "0", "select_across": "0"}


def page_of(letter: Lane, verb: str) -> str:
    return reverse(f"admin:outbox_deadletter_{verb}_this", args=[letter.pk])


def dead() -> int:
    return Lane.objects.filter(stopped=True).count()


def test_a_list_of_dead_letters_is_redriven_after_a_page_that_shows_it(
    client: Client, letters: list[Lane]
) -> None:
    form = chosen(letters[:2], "redrive_chosen")
    page = client.post(LIST, form)
    asked = page.content.decode()
    assert "Redrive 2 dead letters" in asked
    assert "Lost: no answer" in asked
    assert dead() == 3
    done = client.post(LIST, filled(page, form | WHY), follow=True).content.decode()
    assert "Redrive: 2 dead letters." in done
    assert dead() == 1
    acts = OperatorAct.objects.filter(verb="redrive")
    assert set(acts.values_list("actor", "reason")) == {("grace", "the bank is back")}
    settle()
    assert list(Lane.objects.filter(subscriber="gateway")) == [letters[2]]
    assert Order.objects.filter(status="confirmed").count() == 2


def test_all_that_the_filter_shows_can_be_chosen_and_taken_a_few_at_a_time(
    client: Client, letters: list[Lane]
) -> None:
    Lane.objects.filter(pk=letters[2].pk).update(error_type="Other")
    form = chosen(letters[:1], "redrive_chosen") | {"select_across": "1"}
    address = f"{LIST}?error_type=Lost"
    page = client.post(address, form)
    assert "Redrive 2 dead letters" in page.content.decode()
    client.post(address, filled(page, form | WHY | {"limit": "1"}))
    assert dead() == 2
    again = client.post(address, filled(page, form | WHY)).content.decode()
    assert "This form was sent before, and done once" in again
    assert dead() == 2
    client.post(address, filled(client.post(address, form), form | WHY))
    assert list(Lane.objects.filter(stopped=True)) == [letters[2]]


@pytest.mark.parametrize("verb", ["redrive", "discard"])
def test_one_dead_letter_is_acted_upon_from_its_page(
    client: Client, letters: list[Lane], verb: str
) -> None:
    letter = reverse("admin:outbox_deadletter_change", args=[letters[0].pk])
    assert page_of(letters[0], verb) in client.get(letter).content.decode()
    asked = client.get(page_of(letters[0], verb)).content.decode()
    assert f"{verb.capitalize()} 1 dead letter" in asked
    assert dead() == 3
    assert send(client, page_of(letters[0], verb), WHY).headers["Location"] == LIST
    assert dead() == 2
    assert client.get(page_of(letters[0], verb)).status_code == 404


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"reason": " "}, "This field is required"),
        ({"reason": "x" * 501}, "at most 500 characters"),
        (WHY | {"limit": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_form_that_is_not_filled_in_changes_nothing(
    client: Client, letters: list[Lane], form: dict[str, str], complaint: str
) -> None:
    answer = send(client, page_of(letters[0], "discard"), form)
    assert complaint in answer.content.decode()
    assert dead() == 3


@pytest.mark.parametrize("verb", ["redrive", "discard"])
def test_a_link_changes_nothing(client: Client, letters: list[Lane], verb: str) -> None:
    client.get(page_of(letters[0], verb), WHY)
    client.get(LIST, chosen(letters, f"{verb}_chosen") | WHY)
    assert (dead(), OperatorAct.objects.filter(verb=verb).count()) == (3, 0)


def test_a_form_from_elsewhere_changes_nothing(letters: list[Lane]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("grace"))
    assert client.post(page_of(letters[0], "redrive"), WHY).status_code == 403
    assert dead() == 3


def test_acts_are_for_those_who_may_act(letters: list[Lane]) -> None:
    client = trainee()
    assert "Redrive" not in client.get(LIST).content.decode()
    for verb in ("redrive", "discard"):
        assert client.get(page_of(letters[0], verb)).status_code == 403
        assert client.post(page_of(letters[0], verb), WHY).status_code == 403
        client.post(LIST, chosen(letters, f"{verb}_chosen") | WHY)
    assert dead() == 3


def test_who_may_redrive_may_not_discard(letters: list[Lane]) -> None:
    client = trainee("redrive_lane")
    assert client.post(page_of(letters[0], "discard"), WHY).status_code == 403
    assert send(client, page_of(letters[0], "redrive"), WHY).status_code == 302
    assert dead() == 2
