"""The first page of the admin says whether it is well, and was, this hour and today."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import DatabaseError, connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.console.charts import SPANS, charts, sums
from config.console.minutes import DAYS_KEPT, note_minutes
from config.models import Minute
from inventory.models import Reservation
from orders.models import Order
from orders.sagas.models import SagaInstance, SagaStatus
from orders.services import request_cancellation
from outbox.doorbell.heartbeats import HeartbeatWriter
from outbox.kit.signs import MOST_COUNTED, in_words
from outbox.models import FailedAttempt, Lane, Message
from readmodels.models import MoneyAtRisk, Risk
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop


@pytest.fixture
def well(shop: Shop) -> Shop:
    """Open a shop in which all goes well: an order is confirmed, a worker and beat run."""
    shop.order()
    settle()
    HeartbeatWriter().write("orders-1@here")
    a_minute_ago()
    note_minutes()
    return shop


@pytest.fixture
def operator(client: Client, db: None) -> Client:  # noqa: ARG001 - the tables
    client.force_login(User.objects.create_superuser("operator"))
    return client


def a_minute_ago(minutes: int = 1) -> None:
    """Let everything in the log, and each failed attempt, have happened so many minutes ago."""
    back = timedelta(minutes=minutes)
    Message.objects.update(recorded_at=F("recorded_at") - back)
    FailedAttempt.objects.update(at=F("at") - back)


def signs_of(client: Client) -> dict[str, tuple[str, str]]:
    """Return the value and the verdict of each sign, by its title."""
    context = client.get("/admin/").context
    return {
        sign.title: (sign.value, sign.verdict) for sign in (*context["signs"], *context["well"])
    }


@pytest.mark.usefixtures("well")
def test_what_is_well_is_one_green_line(operator: Client) -> None:
    page = operator.get("/admin/").content.decode()
    assert "All is well." in page
    assert 'class="console-sign ' not in page
    (line,) = re.findall(r'<p class="console-line console-well">(.*?)</p>', page, re.DOTALL)
    for said in ("Dead letters: 0", "Workers: 1", "Beat: ticks", "Gateway: answers"):
        assert said in line


@pytest.mark.usefixtures("well")
def test_every_figure_leads_to_a_list(operator: Client) -> None:
    page = operator.get("/admin/").content.decode()
    body = page[page.index('id="console"') : page.index("console-charts")]
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', body)}
    assert len(links) > 15
    for link in links:
        answer = operator.get(link if urlsplit(link).path else f"/admin/{link}")
        assert (answer.status_code, link) == (200, link)


def test_what_is_not_well_says_so_in_words_and_comes_first(well: Shop, operator: Client) -> None:
    order = well.order({"MUG": 3})
    settle_all_but("gateway")
    Lane.objects.filter(subscriber="gateway").update(stopped=True)
    Order.objects.filter(pk=order.pk).update(needs_attention=True)
    SagaInstance.objects.filter(correlation_id=order.pk).update(status=SagaStatus.NEEDS_ATTENTION)
    Reservation.objects.create(order_id=order.pk, sku="MUG", quantity=3, status="held")
    found = signs_of(operator)
    assert found["Dead letters"] == ("1", "act")
    assert found["Orders that need attention"] == ("1", "act")
    assert found["Sagas that need attention"] == ("1", "act")
    assert found["Stock held by stuck sagas"] == ("3 units", "act")
    page = operator.get("/admin/").content.decode()
    assert "Somebody has to act." in page
    assert page.index("Dead letters") < page.index("Workers")


def test_what_is_late_is_named_by_subscriber_and_colour_goes_with_a_word(
    well: Shop, operator: Client
) -> None:
    well.order()
    settle_all_but("gateway")
    Lane.objects.filter(subscriber="gateway").update(due_at=timezone.now() - timedelta(seconds=30))
    value, verdict = signs_of(operator)["Oldest owed to gateway"]
    assert (value.endswith(" s"), verdict) == (True, "watch")
    Lane.objects.filter(subscriber="gateway").update(due_at=timezone.now() - timedelta(minutes=5))
    assert signs_of(operator)["Oldest owed to gateway"] == ("5 min", "act")
    assert "more than 60 s too late" in operator.get("/admin/").content.decode()


def test_calls_that_are_put_off_show_that_the_gateway_is_away(well: Shop, operator: Client) -> None:
    well.order()
    settle_all_but("gateway")
    later = timezone.now() + timedelta(seconds=20)
    Lane.objects.filter(subscriber="gateway").update(due_at=later)
    assert signs_of(operator)["Gateway"] == ("1 calls put off, 0 unanswered", "act")
    Lane.objects.filter(subscriber="gateway").update(attempts=2)
    assert signs_of(operator)["Gateway"] == ("0 calls put off, 1 unanswered", "watch")


def test_money_at_risk_has_a_total_an_age_and_a_link(well: Shop, operator: Client) -> None:
    order = well.order()
    settle()
    since = timezone.now() - timedelta(hours=3)
    MoneyAtRisk.objects.filter(order_id=order.pk).update(
        risk=Risk.NOT_CONFIRMED, amount=PRICE, since=since
    )
    assert signs_of(operator)["Money at risk"] == (
        "12.50 GBP of 1 orders, the oldest for 3 h",
        "act",
    )
    (row,) = operator.get("/admin/").context["at_risk"]["rows"]
    assert (row[0], row[2]) == ("2 hours to a day", "12.50 GBP")


@pytest.mark.usefixtures("well")
def test_silent_beat_and_missing_workers_are_noticed(operator: Client) -> None:
    Minute.objects.filter(at__gt=timezone.now() - timedelta(minutes=9, seconds=30)).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox_heartbeat")
    found = signs_of(operator)
    assert found["Beat"][0].startswith("silent for ")
    assert found["Beat"][1] == "act"
    assert found["Workers"] == ("0", "act")


def test_a_minute_tells_what_happened_in_it(shop: Shop) -> None:
    for _ in range(2):
        shop.order()
    shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    first = FailedAttempt(
        subscriber="gateway", correlation_id=Message.objects.all()[0].correlation_id, sequence=1
    )
    first.attempt, first.stopped, first.error, first.at = 1, False, "no", timezone.now()
    first.save()
    a_minute_ago()
    note_minutes()
    noted = Minute.objects.exclude(placed=0).get()
    assert (noted.placed, noted.confirmed, noted.cancelled, noted.failures) == (3, 2, 1, 1)
    assert noted.median is not None
    assert noted.p95 is not None
    assert 0 < noted.median <= noted.p95 < 60
    assert Minute.objects.latest("at").owed == Lane.objects.count()


def test_a_minute_is_counted_once_however_often_beat_ticks(shop: Shop) -> None:
    shop.order()
    settle()
    a_minute_ago()
    for _ in range(3):
        note_minutes()
    hour = sums()[0]
    assert hour[:4] == ["Last hour", 1, 1, 0]


def test_minutes_that_beat_missed_are_filled_in_from_the_log(shop: Shop) -> None:
    note_minutes()
    Minute.objects.all().delete()
    Minute.objects.create(
        at=timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=30),
        **dict.fromkeys(("placed", "confirmed", "cancelled", "failures"), 0),
    )
    shop.order()
    settle()
    a_minute_ago(10)
    note_minutes()
    assert Minute.objects.count() == 30
    assert sums()[0][1:4] == [1, 1, 0]
    assert Minute.objects.exclude(owed=None).count() == 1


def test_an_order_that_is_cancelled_after_it_stood_was_not_slow(shop: Shop) -> None:
    order = shop.order()
    settle()
    a_minute_ago(60 * 24)
    request_cancellation(order_id=order.pk, reason_code="cancelled_by_customer")
    settle()
    a_minute_ago()
    note_minutes()
    noted = Minute.objects.get(cancelled=1)
    assert noted.median is None


@pytest.mark.usefixtures("well")
def test_old_minutes_are_forgotten() -> None:
    old = timezone.now() - timedelta(days=DAYS_KEPT + 1)
    Minute.objects.create(
        at=old, **dict.fromkeys(("placed", "confirmed", "cancelled", "failures"), 0)
    )
    note_minutes()
    assert not Minute.objects.filter(at=old).exists()


@pytest.mark.usefixtures("well")
def test_charts_leave_a_gap_where_nothing_was_noted() -> None:
    Minute.objects.filter(at__lt=timezone.now() - timedelta(minutes=20)).delete()
    for span in SPANS.values():
        orders = charts(span)[0]
        assert orders["title"].endswith(span.per)
        assert "placed 1 now, at most 1" in orders["summary"]
        assert ("null" in orders["data"]) is True


def test_the_page_takes_as_many_queries_for_many_rows_as_for_one(
    well: Shop, operator: Client
) -> None:
    with CaptureQueriesContext(connection) as one:
        operator.get("/admin/")
    for _ in range(3):
        well.order()
    settle_all_but("gateway")
    with CaptureQueriesContext(connection) as many:
        operator.get("/admin/")
    assert len(many) <= len(one) + 1
    assert all("OFFSET" not in query["sql"] for query in many.captured_queries)


def test_counts_end_at_a_limit() -> None:
    assert in_words(MOST_COUNTED) == "5,000"
    assert in_words(MOST_COUNTED + 1) == "more than 5,000"


@pytest.mark.usefixtures("well")
def test_each_role_sees_what_it_may(client: Client) -> None:
    user = User.objects.create(username="sue", is_staff=True)
    user.groups.add(Group.objects.get(name="support"))
    client.force_login(user)
    found = signs_of(client)
    assert "Orders that need attention" in found
    assert "Money at risk" in found
    assert "Dead letters" not in found
    assert client.get("/admin/").context["charts"]
    user.groups.clear()
    nothing = client.get("/admin/")
    assert nothing.context["signs"] == nothing.context["well"] == []
    assert "charts" not in nothing.context
    user.user_permissions.add(Permission.objects.get(codename="view_lane"))
    assert "Dead letters" in signs_of(client)


def test_an_app_whose_signs_fail_takes_no_other_with_it(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DatabaseError("cannot")

    monkeypatch.setattr("payments.signs.signs", fail)
    found = signs_of(operator)
    assert found["Signs of payments"] == ("cannot be read", "act")
    assert "Orders that need attention" in found


@pytest.mark.usefixtures("well")
def test_a_page_that_renews_itself_does_not_keep_a_session_alive(operator: Client) -> None:
    session = operator.session
    session["seen"] = session["began"] - 120
    session.save()
    assert operator.get("/admin/live/").status_code == 200
    assert operator.session["seen"] == session["seen"]
    operator.get("/admin/")
    assert operator.session["seen"] > session["seen"]
