"""All that waits for a human is one queue: take an item, hand it on, say that it is done."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from config.console.queue import KINDS, waiting_for
from config.models import Ownership
from orders.models import Order, ProposedAct
from orders.services.approvals import propose
from outbox.models import Message, OperatorAct
from payments.models import Dispute, Payment, Reconciliation, Webhook
from readmodels.models import DriftCheck
from testkit.delivering import settle
from testkit.shop import Shop
from tests.admin.forms import send

QUEUE = "/admin/attention/"


@pytest.fixture
def troubled(shop: Shop) -> Order:
    """Open a shop with one of everything that waits for a human; return the flagged order."""
    order = shop.order({"MUG": 4})
    settle()
    now = timezone.now()
    Order.objects.filter(pk=order.pk).update(needs_attention=True, attention_reason="stuck")
    Payment.objects.update(needs_attention=True, attention_reason="another amount")
    Dispute.objects.create(
        payment=Payment.objects.get(order_id=order.pk),
        reference="dp_1",
        amount=5000,
        currency="GBP",
        stage="needs_answer",
        reported_at=now,
    )
    proposer = User.objects.create_superuser("proposer")
    with transaction.atomic():
        propose(order, ProposedAct.REFUND, amount=1, reason="broken", by=proposer)
    Webhook.objects.create(
        gateway="sandbox",
        event_id="evt_1",
        type="charge.succeeded",
        kind="charge",
        status="unmatched",
        happened_at=now,
    )
    Reconciliation.objects.create(gateway="sandbox", since=now, until=now, entries=9, differences=2)
    DriftCheck.objects.create(name="order_detail", compared=9, differed_last=1, differed_at=now)
    broken = shop.order()
    Message.objects.filter(correlation_id=broken.pk).update(payload={})
    settle()
    order.refresh_from_db()
    return order


def staff(role: str = "") -> Client:
    user = User.objects.create_user(f"{role}-person", is_staff=True, is_superuser=not role)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def kinds(client: Client) -> set[str]:
    request = client.get(QUEUE).wsgi_request
    return {item.kind for item in waiting_for(request)}


@pytest.mark.usefixtures("troubled")
def test_the_queue_has_everything_with_reason_amount_and_age() -> None:
    client = staff()
    assert kinds(client) == set(KINDS)
    page = client.get(QUEUE).content.decode()
    for said in ("stuck", "another amount", "50.00 GBP", "2 of 9 entries differ", "evt_1"):
        assert said in page, said
    since = [item.since for item in waiting_for(client.get(QUEUE).wsgi_request)]
    assert since == sorted(since)


@pytest.mark.usefixtures("troubled")
def test_each_role_sees_what_it_may() -> None:
    assert "error" not in kinds(staff("support"))
    assert "error" in kinds(staff("operator"))
    assert kinds(staff("warehouse")) <= {"order"}


def test_an_item_is_taken_handed_on_and_done_with_a_trace(troubled: Order) -> None:
    client = staff()
    User.objects.create_user("grace", is_staff=True)
    page = f"/admin/attention/order/{troubled.pk}/"
    assert 'value="-person"' in client.get(page).content.decode()
    send(client, page, {"owner": "-person", "note": "on it", "reason": "mine"})
    send(client, page, {"owner": "grace", "note": "on it", "reason": "she knows"})
    assert "grace" in client.get(QUEUE).content.decode()
    send(client, page, {"owner": "grace", "note": "", "done": "on", "reason": "called the bank"})
    assert len(client.get(QUEUE).context["done"]["rows"]) == 1
    acts = OperatorAct.objects.filter(verb="look after").order_by("pk")
    assert [act.details["after"]["owner"] for act in acts] == ["-person", "grace", "grace"]
    assert acts[1].details["before"]["owner"] == "-person"


def test_what_waits_anew_is_not_done(troubled: Order) -> None:
    earlier = timezone.now() - timedelta(days=1)
    Ownership.objects.create(kind="order", key=str(troubled.pk), done_at=earlier)
    assert staff().get(QUEUE).context["done"]["rows"] == []


def test_only_staff_can_own_and_only_what_waits(troubled: Order) -> None:
    client = staff()
    page = f"/admin/attention/order/{troubled.pk}/"
    refused = send(client, page, {"owner": "nobody", "reason": "x"})
    assert "No user of that name may sign in here." in refused.content.decode()
    assert not Ownership.objects.exists()
    assert client.get("/admin/attention/order/7/").status_code == 404
    assert client.get("/admin/attention/nothing/7/").status_code == 404


@pytest.mark.django_db
def test_an_empty_queue_says_what_would_be_there() -> None:
    assert "Nothing waits for a human." in staff().get(QUEUE).content.decode()
