"""The demo's own small shop."""

import re

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from config.access.authentication import digest_of
from config.demo.replay import settling
from config.models import ApiToken
from inventory.models import StockMovement
from orders.models import Customer, Order, Product, RefundProposal
from orders.sagas.models import SagaInstance
from outbox.delivery.relay import drain, owed_names
from payments.models import PaymentOperation
from testkit.invariants import assert_clean
from tests.replay.conftest import Replay


def test_loading_it_again_adds_nothing_but_a_token(
    replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    replay.command("load_catalogue")
    *first, token = capsys.readouterr().out.split()
    replay.command("load_catalogue")
    *second, another = capsys.readouterr().out.split()
    assert (second, another != token) == (first, True)
    counts = [model.objects.count() for model in (Product, Customer, StockMovement, Order)]
    assert counts == [12, 4, 12, 0]


def test_its_first_customer_can_use_the_api(
    replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    replay.command("load_catalogue")
    token = capsys.readouterr().out.split()[-1]
    assert ApiToken.objects.get(digest=digest_of(token)).user.customer.name == "Ada Lovelace"


def test_orders_end_in_more_than_one_way_and_each_end_is_printed(
    replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = replay.command("load_catalogue", orders="40")
    assert summary["placed"] == summary["placed_now"] == 40
    assert summary["confirmed"] + sum(summary["cancelled"].values()) == 40
    assert summary["cancelled"].keys() == {"payment_declined", "out_of_stock"}
    printed = capsys.readouterr().out
    assert printed.count("demo:000") == 40
    assert "payment_declined" in printed
    assert_clean()


def test_more_orders_are_numbered_on(replay: Replay) -> None:
    replay.command("load_catalogue", orders="2")
    assert replay.command("load_catalogue", orders="3")["placed_now"] == 3
    assert Order.objects.filter(reference="demo:00005").exists()


def test_trouble_is_made_once_for_an_operator_to_look_after(
    replay: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A charge that never gets an answer is tried for a day: nothing here waits for that.
    monkeypatch.setattr(settling, "pause", lambda: drain(owed_names(), seconds=1))
    User.objects.create_superuser("admin")
    replay.command("load_catalogue")
    capsys.readouterr()
    call_command("make_trouble")
    made = capsys.readouterr().out
    assert re.findall(r"demo:trouble-\d  (.*)", made) == [
        "its charge has no answer",
        "its saga is suspended",
        "its refund waits for a second person",
    ]
    assert SagaInstance.objects.filter(status="suspended").count() == 1
    assert RefundProposal.objects.filter(decided_at=None).count() == 1
    assert PaymentOperation.objects.filter(outcome="unknown").exists()
    call_command("make_trouble")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("has_admin", "complaint"), [(False, "no superuser is there"), (True, "the shop is empty")]
)
@pytest.mark.usefixtures("transactional_db")
def test_trouble_needs_a_superuser_and_the_shop(*, has_admin: bool, complaint: str) -> None:
    if has_admin:
        User.objects.create_superuser("admin")
    with pytest.raises(CommandError, match=complaint):
        call_command("make_trouble")
