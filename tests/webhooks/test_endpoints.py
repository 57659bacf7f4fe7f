"""Endpoints are rows: staff keep them through the API and the admin, and nothing is restarted."""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient
from standardwebhooks import Webhook

from config.models import IdempotencyKey
from outbox.models import Lane, OperatorAct, WebhookAttempt, WebhookEndpoint, WebhookSecret
from outbox.registry import subscribers
from outbox.retention import remove_what_is_over
from outbox.webhooks import registered
from outbox.webhooks.endpoints import add_endpoint, remove_endpoint
from outbox.webhooks.pausing import pause_endpoint
from outbox.webhooks.rotating import replace_secret
from outbox.webhooks.signing_secrets import SecretUnreadable, signing_now
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.admin.forms import send
from tests.api.conftest import client_of
from tests.webhooks.conftest import Receiver

ENDPOINTS = "/api/v1/operations/webhook-endpoints"
WHY = {"reason": "an example"}


@pytest.fixture
def keeper(transactional_db: None) -> APIClient:  # noqa: ARG001 - the tables
    return client_of(User.objects.create_superuser("keeper"))


@pytest.fixture
def staff(transactional_db: None) -> Client:  # noqa: ARG001 - likewise
    client = Client()
    client.force_login(User.objects.create_superuser("grace"))
    return client


def add(client: APIClient, **fields: Any) -> Any:
    body = {"name": "erp", "url": "https://erp.example/hooks", **WHY, **fields}
    return client.post(ENDPOINTS, body, format="json")


def shown_secret(page: Any) -> str:
    text: str = page.content.decode()
    return text.partition("<code>")[2].partition("</code>")[0]


def test_an_endpoint_that_was_just_added_is_sent_what_happens_next(
    keeper: APIClient, shop: Shop, receiver: Receiver
) -> None:
    added = add(keeper, url=receiver.url)
    assert (added.status_code, added.json()["name"]) == (201, "erp")
    shop.order()
    settle()
    (received,) = receiver.received
    Webhook(added.json()["secret"]).verify(received.body, received.headers)


def test_another_process_reads_the_rows_again_when_it_publishes(
    shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_endpoint(name="erp", url=receiver.url, reason="an example", actor="ada")
    registered.forget()
    shop.order()
    settle()
    assert receiver.received == []
    monkeypatch.setattr(registered, "_read_at", -math.inf)
    shop.order()
    settle()
    assert len(receiver.received) == 1


def test_the_api_shows_an_endpoint_and_never_its_secret(keeper: APIClient) -> None:
    secret = add(keeper).json()["secret"]
    (listed,) = keeper.get(ENDPOINTS).json()["results"]
    shown = keeper.get(f"{ENDPOINTS}/erp")
    assert listed == shown.json()
    assert shown.json()["events"] == ["OrderCancelled", "OrderConfirmed"]
    stored = WebhookSecret.objects.get().encrypted
    for text in (shown.content.decode(), repr(WebhookSecret.objects.values()[0])):
        assert secret not in text
    assert stored not in shown.content.decode()
    assert "***" in f"{signing_now(WebhookEndpoint.objects.get())}"


def test_the_answer_with_the_secret_is_not_kept_for_its_idempotency_key(
    keeper: APIClient,
) -> None:
    def add_once() -> Any:
        body = {"name": "erp", "url": "https://erp.example", **WHY}
        key = "one-and-the-same"
        return keeper.post(ENDPOINTS, body, format="json", HTTP_IDEMPOTENCY_KEY=key)

    secret = add_once().json()["secret"]
    again = add_once()
    assert (again.status_code, again.json()["type"]) == (409, "/problems/answer-not-kept")
    assert again["Idempotent-Replayed"] == "true"
    assert secret.encode() not in bytes(IdempotencyKey.objects.get().body)
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "Erp", "small letters"),
        ("name", "9erp", "a letter first"),
        ("name", "ärp", "small letters"),
        ("url", "http://erp.example", "https://host/path"),
        ("url", "https://", "https://host/path"),
        ("url", "https://user:password@erp.example", "https://host/path"),
        ("url", "https://erp.example:http", "https://host/path"),
        ("url", "https://erp.example#part", "https://host/path"),
        ("events", ["OrderEaten"], "No such event: OrderEaten"),
        ("events", ["ChargePayment"], "No such event: ChargePayment"),
    ],
)
def test_an_endpoint_that_means_nothing_is_refused(
    keeper: APIClient, field: str, value: Any, says: str
) -> None:
    refused = add(keeper, **{field: value})
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["pointer"].startswith(f"#/{field}")
    assert says in error["detail"]
    assert not WebhookEndpoint.objects.exists()


def test_a_name_is_given_once_even_after_its_endpoint_was_removed(keeper: APIClient) -> None:
    add(keeper)
    assert (add(keeper).status_code, WebhookSecret.objects.count()) == (409, 1)
    assert keeper.post(f"{ENDPOINTS}/erp/remove", WHY, format="json").status_code == 204
    assert add(keeper).json()["type"] == "/problems/endpoint-refused"
    assert keeper.get(f"{ENDPOINTS}/erp").status_code == 404
    assert not WebhookSecret.objects.exists()


def test_without_a_key_no_endpoint_is_added(keeper: APIClient, settings: Settings) -> None:
    settings.WEBHOOK_SECRET_KEYS = []
    refused = add(keeper)
    assert (refused.status_code, "WEBHOOK_SECRET_KEYS" in refused.json()["detail"]) == (409, True)
    assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_is_changed_only_as_it_was_read(keeper: APIClient) -> None:
    add(keeper)
    tag = keeper.get(f"{ENDPOINTS}/erp")["ETag"]
    change = {"events": ["OrderPlaced"], **WHY}
    changed = keeper.patch(f"{ENDPOINTS}/erp", change, format="json", HTTP_IF_MATCH=tag)
    assert (changed.status_code, changed.json()["events"]) == (200, ["OrderPlaced"])
    late = keeper.patch(f"{ENDPOINTS}/erp", change, format="json", HTTP_IF_MATCH=tag)
    assert late.status_code == 412


def test_a_replaced_secret_signs_for_the_hours_that_were_given(keeper: APIClient) -> None:
    old = add(keeper).json()["secret"]
    body = {"overlap_hours": 2, **WHY}
    new = keeper.post(f"{ENDPOINTS}/erp/secret", body, format="json").json()["secret"]
    erp = WebhookEndpoint.objects.get()
    assert signing_now(erp) == [new, old]
    WebhookSecret.objects.filter(until__isnull=False).update(
        until=timezone.now() - timedelta(seconds=1)
    )
    assert signing_now(erp) == [new]
    remove_what_is_over(seconds=5)
    assert WebhookSecret.objects.count() == 1


def test_a_secret_that_has_leaked_signs_nothing_more(keeper: APIClient) -> None:
    add(keeper)
    body = {"overlap_hours": 0, "reason": "it has leaked"}
    new = keeper.post(f"{ENDPOINTS}/erp/secret", body, format="json").json()["secret"]
    assert signing_now(WebhookEndpoint.objects.get()) == [new]


def test_secrets_do_not_pile_up(keeper: APIClient) -> None:
    add(keeper)
    answers = [keeper.post(f"{ENDPOINTS}/erp/secret", WHY, format="json") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 409]


def test_secrets_are_encrypted_anew_with_a_new_key_so_that_the_old_one_can_go(
    keeper: APIClient, settings: Settings
) -> None:
    secret = add(keeper).json()["secret"]
    (old_key,) = settings.WEBHOOK_SECRET_KEYS
    new_key = Fernet.generate_key().decode()
    settings.WEBHOOK_SECRET_KEYS = [new_key]
    with pytest.raises(SecretUnreadable):
        signing_now(WebhookEndpoint.objects.get())
    settings.WEBHOOK_SECRET_KEYS = [new_key, old_key]
    remove_what_is_over(seconds=5)
    settings.WEBHOOK_SECRET_KEYS = [new_key]
    assert signing_now(WebhookEndpoint.objects.get()) == [secret]


def test_a_test_webhook_says_at_once_what_the_endpoint_answers(
    keeper: APIClient, receiver: Receiver
) -> None:
    secret = add(keeper, url=receiver.url).json()["secret"]
    pause_endpoint(name="erp", reason="not yet", actor="ada")
    receiver.answers, receiver.says = [401], b"who are you?"
    refused = keeper.post(f"{ENDPOINTS}/erp/ping", WHY, format="json").json()
    receiver.says = b""
    taken = keeper.post(f"{ENDPOINTS}/erp/ping", WHY, format="json").json()
    assert (refused["accepted"], refused["status"], refused["excerpt"]) == (
        False,
        401,
        "who are you?",
    )
    assert (taken["accepted"], taken["status"], taken["excerpt"]) == (True, 204, "")
    received = receiver.received[0]
    assert Webhook(secret).verify(received.body, received.headers)["type"] == "ping"
    listed = keeper.get(f"{ENDPOINTS}/erp/attempts").json()["results"]
    assert [(each["event"], each["status"], each["order_id"]) for each in listed] == [
        ("ping", 204, None),
        ("ping", 401, None),
    ]


def test_what_a_removed_endpoint_is_owed_is_given_up(
    keeper: APIClient, shop: Shop, receiver: Receiver
) -> None:
    add(keeper, url=receiver.url)
    shop.order()
    settle_all_but("webhook_erp")
    remove_endpoint(name="erp", reason="it is gone", actor="ada")
    assert "webhook_erp" not in subscribers
    settle()
    assert receiver.received == []
    act = OperatorAct.objects.get(verb="remove webhook endpoint")
    assert (act.subject, act.details) == ("erp", {"conversations": 1})


def test_what_was_published_for_it_by_a_process_that_did_not_know_is_given_up_later(
    keeper: APIClient, shop: Shop
) -> None:
    add(keeper)
    WebhookEndpoint.objects.update(removed_at=timezone.now())
    shop.order()
    settle_all_but("webhook_erp")
    registered.read()
    assert Lane.objects.filter(subscriber="webhook_erp").exists()
    remove_what_is_over(seconds=5)
    assert not Lane.objects.exists()


def test_old_attempts_are_removed(
    keeper: APIClient, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_KEEP_ATTEMPTS_DAYS = 3
    add(keeper, url=receiver.url)
    for _ in range(2):
        keeper.post(f"{ENDPOINTS}/erp/ping", WHY, format="json")
    first = WebhookAttempt.objects.order_by("id")[0]
    WebhookAttempt.objects.filter(pk=first.pk).update(at=timezone.now() - timedelta(days=4))
    assert remove_what_is_over(seconds=5).webhooks == 1
    assert WebhookAttempt.objects.count() == 1


def test_staff_add_an_endpoint_in_the_admin_and_see_its_secret_once(
    staff: Client, shop: Shop, receiver: Receiver
) -> None:
    address = "/admin/outbox/webhookendpoint/add-endpoint/"
    fields = {"name": "erp", "url": receiver.url, "events": ["OrderConfirmed"], **WHY}
    page = send(staff, address, fields)
    secret = shown_secret(page)
    assert signing_now(WebhookEndpoint.objects.get()) == [secret]
    assert "no-store" in page["Cache-Control"]
    assert secret not in staff.get("/admin/outbox/webhookendpoint/erp/change/").content.decode()
    shop.order()
    settle()
    assert len(receiver.received) == 1


def test_a_form_that_is_refused_says_where(staff: Client) -> None:
    address = "/admin/outbox/webhookendpoint/add-endpoint/"
    page = send(staff, address, {"name": "Erp", "url": "https://erp.example", **WHY})
    assert "This field is required" in page.content.decode()
    fields = {"name": "erp", "url": "http://erp.example", "events": ["OrderPlaced"], **WHY}
    assert "An address is https://host/path" in send(staff, address, fields).content.decode()
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("path", "fields", "holds"),
    [
        ("ping", {}, lambda: WebhookAttempt.objects.filter(status=204).count() == 1),
        (
            "change-endpoint",
            {"url": "https://new.example", "events": ["OrderPlaced"]},
            lambda: WebhookEndpoint.objects.filter(
                url="https://new.example", events=["OrderPlaced"]
            ).exists(),
        ),
        ("secret", {"overlap_hours": 5}, lambda: WebhookSecret.objects.count() == 2),
        ("pause", {}, lambda: WebhookEndpoint.objects.filter(paused_at__isnull=False).exists()),
        ("remove", {}, lambda: WebhookEndpoint.objects.filter(removed_at__isnull=False).exists()),
    ],
)
def test_staff_act_on_an_endpoint_in_the_admin(
    staff: Client,
    receiver: Receiver,
    path: str,
    fields: dict[str, Any],
    holds: Callable[[], bool],
) -> None:
    add_endpoint(name="erp", url=receiver.url, reason="an example", actor="ada")
    page = send(staff, f"/admin/outbox/webhookendpoint/erp/{path}/", {**fields, **WHY}, follow=True)
    assert page.status_code == 200
    assert holds()
    assert OperatorAct.objects.latest("id").actor == "grace"


def test_an_act_that_the_endpoint_does_not_allow_is_refused_on_the_page(staff: Client) -> None:
    add_endpoint(name="erp", url="https://erp.example", reason="an example", actor="ada")
    page = send(staff, "/admin/outbox/webhookendpoint/erp/resume/", WHY)
    assert "erp is not paused" in page.content.decode()


def test_nothing_of_a_secret_is_mailed_or_recorded(keeper: APIClient) -> None:
    secrets = [add(keeper).json()["secret"]]
    secrets.append(str(replace_secret(name="erp", reason="as every year", actor="ada")))
    recorded = repr(list(OperatorAct.objects.values()))
    assert [each for each in secrets if each in recorded] == []
    assert mail.outbox == []
