"""The demo's own small shop."""

import pytest

from config.access.authentication import digest_of
from config.models import ApiToken
from inventory.models import StockMovement
from orders.models import Customer, Order, Product
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
