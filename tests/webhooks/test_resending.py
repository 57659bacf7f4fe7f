"""A range of the log is sent to one endpoint again: in the background, in order, under old ids."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from outbox.delivery.relay import drain
from outbox.models import Lane, Message, OperatorAct, WebhookAttempt, WebhookResend
from outbox.webhooks import resending
from outbox.webhooks.endpoints import add_endpoint, change_endpoint, remove_endpoint
from outbox.webhooks.pausing import pause_endpoint, resume_endpoint
from outbox.webhooks.resending import ResendRefused, start_resend, stop_resend
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.admin.forms import send
from tests.api.conftest import client_of
from tests.webhooks.conftest import Receiver

WHY: dict[str, Any] = {"reason": "an example", "actor": "ada"}
RESENDS = "/api/v1/operations/webhook-endpoints/erp/resends"
YESTERDAY = timezone.now() - timedelta(days=1)


@pytest.fixture
def sold(audited: Shop, receiver: Receiver, erp: str) -> list[UUID]:
    """Confirm three orders; the endpoint was sent that each was placed and confirmed."""
    assert erp
    wanted = {"events": ["OrderPlaced", "OrderConfirmed"]}
    change_endpoint(name="erp", changes=wanted, **WHY)
    orders = [audited.order() for _ in range(3)]
    settle()
    assert len(receiver.received) == 6
    return [each.id for each in orders]


def sent(receiver: Receiver) -> dict[str, list[str]]:
    """Return the types of what was received, in order, by order."""
    found: dict[str, list[str]] = {}
    for each in receiver.received:
        body = json.loads(each.body)
        found.setdefault(body["data"]["order_id"], []).append(body["type"])
    return found


def ids(receiver: Receiver) -> set[str]:
    return {each.headers["webhook-id"] for each in receiver.received}


def again(**wanted: Any) -> WebhookResend:
    """Send a range again, and let workers do so."""
    resend = start_resend(name="erp", **{"since": YESTERDAY, **WHY, **wanted})
    settle()
    resend.refresh_from_db()
    return resend


@pytest.mark.parametrize("page", [2, 3, 200])
def test_a_range_is_sent_again_in_order_per_order_and_under_the_old_ids(
    sold: list[UUID], receiver: Receiver, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(resending, "PAGE", page)
    before, bodies = ids(receiver), {each.body for each in receiver.received}
    receiver.received.clear()
    resend = again()
    assert sent(receiver) == {str(each): ["OrderPlaced", "OrderConfirmed"] for each in sold}
    assert (ids(receiver), {each.body for each in receiver.received}) == (before, bodies)
    assert (resend.found, resend.done) == (6, 6)
    assert resend.all_found_at
    assert WebhookAttempt.objects.filter(resend=resend).count() == 6


@pytest.mark.usefixtures("sold")
def test_an_endpoint_that_is_new_gets_the_past_and_no_other_endpoint_does(
    receiver: Receiver,
) -> None:
    receiver.received.clear()
    url = receiver.url.replace("/hooks", "/crm")
    add_endpoint(name="crm", url=url, events=["OrderConfirmed"], **WHY)
    start_resend(name="crm", since=YESTERDAY, **WHY)
    settle()
    assert {each.path for each in receiver.received} == {"/crm?from=shop"}
    assert list(sent(receiver).values()) == [["OrderConfirmed"]] * 3


@pytest.mark.usefixtures("sold")
def test_a_range_of_messages_includes_its_first_and_its_last(receiver: Receiver) -> None:
    receiver.received.clear()
    confirmed = list(Message.objects.filter(type="OrderConfirmed").order_by("recorded_at"))
    again(since=None, first=confirmed[0].id, last=confirmed[1].id)
    assert {str(each.id) for each in confirmed[:2]} <= ids(receiver)
    assert str(confirmed[2].id) not in ids(receiver)


@pytest.mark.usefixtures("sold")
def test_what_fails_is_retried_in_its_place(receiver: Receiver) -> None:
    receiver.received.clear()
    receiver.answers = [503, 503]
    resend = again()
    assert (resend.found, resend.done) == (6, 6)
    types = [json.loads(each.body)["type"] for each in receiver.received]
    assert (types.count("OrderPlaced"), types.count("OrderConfirmed")) == (5, 3)


@pytest.mark.usefixtures("sold")
def test_a_paused_endpoint_is_sent_it_once_it_is_resumed(receiver: Receiver) -> None:
    receiver.received.clear()
    pause_endpoint(name="erp", **WHY)
    resend = start_resend(name="erp", since=YESTERDAY, **WHY)
    for _ in range(3):
        drain(["resends", "webhook_erp"], seconds=5)
    assert (receiver.received, Lane.objects.filter(subscriber="webhook_erp").count()) == ([], 3)
    resume_endpoint(name="erp", **WHY)
    settle()
    resend.refresh_from_db()
    assert (resend.found, resend.done) == (6, 6)


@pytest.mark.usefixtures("sold")
def test_a_range_that_was_stopped_is_sent_no_further(receiver: Receiver) -> None:
    receiver.received.clear()
    resend = start_resend(name="erp", since=YESTERDAY, **WHY)
    settle_all_but("webhook_erp")
    stop_resend(resend_id=resend.id, **WHY)
    with pytest.raises(ResendRefused, match="stopped before"):
        stop_resend(resend_id=resend.id, **WHY)
    settle()
    assert receiver.received == []
    assert not Lane.objects.exists()


@pytest.mark.usefixtures("sold")
def test_a_range_of_a_removed_endpoint_ends(receiver: Receiver) -> None:
    receiver.received.clear()
    start_resend(name="erp", since=YESTERDAY, **WHY)
    remove_endpoint(name="erp", **WHY)
    settle()
    assert receiver.received == []


@pytest.mark.usefixtures("erp")
@pytest.mark.parametrize(
    "wanted",
    [
        {"since": None},
        {"since": timezone.now() + timedelta(days=1)},
        {"until": YESTERDAY - timedelta(days=1)},
        {"since": None, "first": UUID(int=7)},
    ],
)
def test_a_range_that_means_nothing_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(ResendRefused):
        start_resend(name="erp", **{"since": YESTERDAY, **WHY, **wanted})
    assert not WebhookResend.objects.exists()


@pytest.mark.usefixtures("erp")
def test_one_range_is_looked_through_at_a_time() -> None:
    start_resend(name="erp", since=YESTERDAY, **WHY)
    with pytest.raises(ResendRefused, match="stop it, or wait"):
        start_resend(name="erp", since=YESTERDAY, **WHY)


@pytest.fixture
def keeper(transactional_db: None) -> APIClient:  # noqa: ARG001 - the tables
    return client_of(User.objects.create_superuser("keeper"))


@pytest.mark.usefixtures("sold")
def test_staff_send_a_range_again_and_stop_it_through_the_api(
    keeper: APIClient, receiver: Receiver
) -> None:
    receiver.received.clear()
    body = {"since": YESTERDAY.isoformat(), "reason": "a backup"}
    started = keeper.post(RESENDS, body, format="json")
    assert started.status_code == 202
    settle()
    (listed,) = keeper.get(RESENDS).json()["results"]
    assert (listed["id"], listed["found"], listed["done"]) == (started.json()["id"], 6, 6)
    stop = f"/api/v1/operations/webhook-resends/{listed['id']}/stop"
    assert keeper.post(stop, {"reason": "done"}, format="json").status_code == 200
    again_stopped = keeper.post(stop, {"reason": "done"}, format="json")
    assert (again_stopped.status_code, again_stopped.json()["type"]) == (
        409,
        "/problems/endpoint-refused",
    )
    assert set(OperatorAct.objects.values_list("verb", flat=True)) >= {
        "resend webhooks",
        "stop resending webhooks",
    }


@pytest.mark.usefixtures("sold")
def test_staff_send_a_range_again_in_the_admin(receiver: Receiver) -> None:
    receiver.received.clear()
    staff = Client()
    staff.force_login(User.objects.create_superuser("grace"))
    typed = datetime.strftime(YESTERDAY, "%Y-%m-%dT%H:%M")
    page = send(
        staff,
        "/admin/outbox/webhookendpoint/erp/resend/",
        {"since": typed, "reason": "a backup"},
        follow=True,
    )
    assert "Sent again" in page.content.decode()
    settle()
    assert len(receiver.received) == 6
    listed = staff.get("/admin/outbox/webhookresend/").content.decode()
    assert "erp" in listed
    resend = WebhookResend.objects.get()
    address = f"/admin/outbox/webhookresend/{resend.id}/stop/"
    send(staff, address, {"reason": "enough"}, follow=True)
    resend.refresh_from_db()
    assert resend.stopped_at
