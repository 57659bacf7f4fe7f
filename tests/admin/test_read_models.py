"""An operator rebuilds a read model in the admin: begin, compare, swap, roll back."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from outbox.models import OperatorAct
from readmodels.models import OrderSummary, Rebuild, RebuildStage
from readmodels.rebuild.by_workers import LEASE, advance_rebuilds
from testkit.shop import Shop
from tests.admin.forms import Page, send
from tests.readmodels.day import a_day_of, rows

ADDRESS = "/admin/readmodels/rebuild/of/order_summary/"
WHY = {"reason": "the fold was mended"}


@pytest.fixture
def operator(db: None, client: Client) -> Client:  # noqa: ARG001 - the tables
    user = User.objects.create_user("grace", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    client.force_login(user)
    return client


def act(client: Client, name: str) -> Page:
    return send(client, f"{ADDRESS}act/{name}/", WHY, follow=True)


def offered(client: Client) -> list[str]:
    return [label for label, _ in client.get(ADDRESS).context["acts"]]


def work(until: RebuildStage) -> Rebuild:
    """Let workers take steps until a stage is reached."""
    for _ in range(10):
        advance_rebuilds()
        row = Rebuild.objects.get()
        if row.stage == until:
            return row
    raise AssertionError(f"it stays {row.stage}: {row.error}")


def test_every_read_model_is_listed_with_its_lag_drift_and_rebuild(
    operator: Client, shop: Shop
) -> None:
    a_day_of(shop)
    page = operator.get("/admin/readmodels/rebuild/").content.decode()
    for name in ("order_summary", "order_detail", "customer_statistics", "stock_levels"):
        assert f">{name}</a>" in page
    assert "not checked yet" in page
    assert "never" in page


def test_a_rebuild_is_compared_swapped_and_rolled_back_each_as_an_act(
    operator: Client, shop: Shop
) -> None:
    a_day_of(shop)
    right = rows()
    OrderSummary.objects.update(status="confirmed", sequence=99)
    assert offered(operator) == ["Rebuild"]
    act(operator, "begin")
    assert offered(operator) == ["Drop the rebuild"]
    row = work(RebuildStage.READY)
    assert row.would_change
    page = operator.get(ADDRESS).content.decode()
    assert "differs in status" in page
    assert offered(operator) == ["Swap", "Drop the rebuild"]
    confirmation = operator.get(f"{ADDRESS}act/swap/").content.decode()
    assert f"{row.would_change} rows would say something else, such as" in confirmation
    act(operator, "swap")
    work(RebuildStage.SWAPPED)
    assert rows() == right
    act(operator, "roll_back")
    work(RebuildStage.ROLLED_BACK)
    verbs = (
        OperatorAct.objects.exclude(verb="sign in")
        .order_by("pk")
        .values_list("actor", "verb", "reason")
    )
    assert list(verbs) == [
        ("grace", verb, WHY["reason"])
        for verb in ("rebuild", "swap read model", "roll back read model")
    ]


def test_a_rebuild_is_dropped_and_the_live_table_stays(operator: Client, shop: Shop) -> None:
    a_day_of(shop)
    before = rows()
    act(operator, "begin")
    work(RebuildStage.READY)
    act(operator, "drop")
    assert not Rebuild.objects.exists()
    advance_rebuilds()
    assert rows() == before


def test_what_is_not_possible_is_refused_and_no_act(operator: Client, shop: Shop) -> None:
    a_day_of(shop)
    for name in ("swap", "roll_back", "drop"):
        assert "order_summary: no" in act(operator, name).content.decode()
    act(operator, "begin")
    assert "a rebuild of it is under way" in act(operator, "begin").content.decode()
    assert OperatorAct.objects.exclude(verb="sign in").count() == 1


def test_a_step_that_a_worker_left_is_taken_up_once_its_lease_is_over(
    operator: Client, shop: Shop
) -> None:
    a_day_of(shop)
    act(operator, "begin")
    row = Rebuild.objects.get()
    Rebuild.objects.update(taken_until=row.started_at + LEASE)
    advance_rebuilds()
    assert Rebuild.objects.get().stage == RebuildStage.REPLAYING
    Rebuild.objects.update(taken_until=row.started_at)
    work(RebuildStage.READY)


def test_who_may_only_look_is_offered_nothing(client: Client, shop: Shop) -> None:
    a_day_of(shop)
    user = User.objects.create_user("sam", is_staff=True)
    user.groups.add(Group.objects.get(name="support"))
    client.force_login(user)
    assert offered(client) == []
    assert client.get(f"{ADDRESS}act/begin/").status_code == 403
    assert client.get("/admin/readmodels/rebuild/of/nothing/").status_code == 404
