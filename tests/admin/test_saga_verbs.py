"""Operators act on sagas in the admin: shown first, done by POST, with reason and permission."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from orders.sagas.models import SagaInstance
from orders.sagas.operators.verbs import VERBS
from outbox.models import OperatorAct
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.admin.forms import send

WHY = {"reason": "the bank says that it is down"}

every_verb = pytest.mark.parametrize("verb", VERBS)


@pytest.fixture
def saga(shop: Shop, settings: Settings) -> Iterator[SagaInstance]:
    """Return a saga whose charge has no answer yet."""
    settings.OUTBOX_FOLLOW_UP = False
    order = shop.order({"MUG": 2}, flow="charge_first")
    settle_all_but("gateway")
    yield SagaInstance.objects.get(correlation_id=order.id)
    settle()


@pytest.fixture
def clerk(saga: SagaInstance) -> Client:  # noqa: ARG001 - what is looked at
    """Log somebody in who may look at sagas, and nothing else."""
    user = User.objects.create(username="clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_sagainstance"))
    client = Client()
    client.force_login(user)
    return client


def allow(verb: str) -> None:
    _, _, codename = VERBS[verb].permission.partition(".")
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename=codename))


def page(verb: str, saga: SagaInstance) -> str:
    return reverse(f"admin:sagas_sagainstance_{verb}", args=[saga.pk])


def acts() -> QuerySet[OperatorAct]:
    return OperatorAct.objects.filter(subject__startswith="saga ").order_by("id")


def home(saga: SagaInstance) -> str:
    return reverse("admin:sagas_sagainstance_change", args=[saga.pk])


@every_verb
def test_who_has_no_permission_is_offered_nothing_and_refused(
    clerk: Client, saga: SagaInstance, verb: str
) -> None:
    assert page(verb, saga) not in clerk.get(home(saga)).content.decode()
    assert clerk.get(page(verb, saga)).status_code == 403
    assert clerk.post(page(verb, saga), WHY).status_code == 403
    assert not acts().exists()


@pytest.mark.parametrize(
    ("verb", "shown"),
    [
        ("retry", ["charge asked again", "ChargePayment (25.00 GBP)"]),
        ("compensate", ["saga starts compensating", "RefundPayment (25.00 GBP)", "CancelOrder"]),
        ("skip", ["charge skipped", "ReserveInventory (2 x MUG)"]),
        ("suspend", ["saga suspended", "suspended then"]),
        ("resolve", ["charge resolved manually", "ReserveInventory (2 x MUG)"]),
    ],
)
def test_the_page_says_what_would_happen_and_does_nothing(
    clerk: Client, saga: SagaInstance, verb: str, shown: list[str]
) -> None:
    allow(verb)
    assert page(verb, saga) in clerk.get(home(saga)).content.decode()
    said = clerk.get(page(verb, saga)).content.decode()
    assert [each for each in shown if each not in said] == []
    missing = send(clerk, page(verb, saga), {"reason": " "}).content.decode()
    assert "This field is required" in missing
    assert not acts().exists()


def test_confirming_it_does_it_under_ones_name(clerk: Client, saga: SagaInstance) -> None:
    for verb in ("suspend", "resume", "compensate"):
        allow(verb)
        done = send(clerk, page(verb, saga), WHY)
        assert (done.status_code, done.headers["Location"]) == (302, home(saga))
    assert list(acts().values_list("actor", "verb", "reason")) == [
        ("clerk", f"{verb} saga", WHY["reason"]) for verb in ("suspend", "resume", "compensate")
    ]
    settle()
    saga.refresh_from_db()
    assert saga.status == "compensated"


def test_a_step_is_skipped_by_its_name(clerk: Client, saga: SagaInstance, shop: Shop) -> None:
    allow("skip")
    wrong = send(clerk, page("skip", saga), {**WHY, "step": "wrap"}).content.decode()
    assert "wrap is not one of the available choices" in wrong
    assert send(clerk, page("skip", saga), {**WHY, "step": "charge"}).status_code == 302
    settle_all_but("gateway")
    assert shop.reserved() == 2
    assert saga.steps.get(name="charge").status == "skipped"


@pytest.mark.parametrize(
    ("verb", "why"),
    [
        ("resume", "Resume: it is running: only a suspended saga can be resumed."),
        ("retry", "Retry: it has ended: completed."),
        ("skip", "Skip: no step waits: only one that does can be skipped."),
    ],
)
def test_what_makes_no_sense_is_refused_and_says_why(
    clerk: Client, saga: SagaInstance, verb: str, why: str
) -> None:
    allow(verb)
    if verb != "resume":
        settle()
    answer = clerk.get(page(verb, saga), follow=True)
    assert answer.redirect_chain == [(home(saga), 302)]
    assert why in answer.content.decode()
    assert not acts().exists()


def test_a_saga_that_does_not_exist_has_no_page(clerk: Client) -> None:
    allow("retry")
    address = reverse("admin:sagas_sagainstance_retry", args=["0" * 32])
    assert clerk.get(address).status_code == 404
