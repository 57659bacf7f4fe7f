"""Every path in every flow, killed at every boundary: it ends as if nobody had died."""

import re

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, FLOWS, RESERVE_FIRST
from testkit.crashes import Crashes, Flow
from tests.crashes import paths
from tests.crashes.mixture import a_mixture

PAGE = (django_settings.BASE_DIR / "docs" / "testing.md").read_text()

IN_EVERY_FLOW = [
    *(paths.paid, paths.declined, paths.out_of_stock, paths.charged_without_an_answer),
    *(paths.asked_in_vain, paths.cancelled_before_it_is_paid, paths.cancelled_when_it_is_confirmed),
    *(paths.answered_after_it_is_given_up, paths.returned_in_part),
    *(paths.returned_after_it_has_left, paths.refunded_in_part),
    *(paths.left_at_once, paths.left_in_parts, paths.closed_after_a_part),
    *(paths.confirmed_with_the_bank, paths.not_confirmed_in_time),
    paths.cancelled_while_the_bank_asks,
]
IN_ONE_FLOW = {
    CHARGE_FIRST: [
        *(paths.refunded_without_an_answer, paths.undone_by_an_operator),
        *(paths.suspended_for_a_while, paths.announced_in_vain),
    ],
    CHOREOGRAPHED: [paths.refunded_without_an_answer],
    RESERVE_FIRST: [
        *(
            paths.captured_without_an_answer,
            paths.not_captured,
            paths.held_for_too_long,
            paths.sent_in_parts,
        ),
        paths.suspended_for_a_while,
    ],
}
BEGIN_AS_PAID = [
    *(paths.cancelled_when_it_is_confirmed, paths.returned_in_part),
    *(paths.returned_after_it_has_left, paths.refunded_in_part),
    *(paths.left_at_once, paths.left_in_parts, paths.closed_after_a_part),
    paths.announced_in_vain,
]
"""Paths that begin as one that is paid: the boundaries of that are not counted again."""

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


def through(path: paths.Path, flow: str) -> Flow:
    """Lead an order through a flow."""
    return lambda shop: path(shop, flow)


def paths_of(flow: str) -> list[paths.Path]:
    """Return the paths that a flow has."""
    return [*IN_EVERY_FLOW, *IN_ONE_FLOW[flow]]


def beginning_of(path: paths.Path, flow: str) -> Flow | None:
    """Return what happens undisturbed before the path goes its own way."""
    return through(paths.paid, flow) if path in BEGIN_AS_PAID else None


@pytest.mark.parametrize(
    ("path", "flow"),
    [
        pytest.param(path, flow, id=f"{path.__name__}-{flow}")
        for flow in sorted(FLOWS)
        for path in paths_of(flow)
    ],
)
def test_a_path_survives_a_death_at_each_of_its_boundaries(
    crashes: Crashes, path: paths.Path, flow: str
) -> None:
    assert crashes.everywhere(through(path, flow), given=beginning_of(path, flow)) > 0


@pytest.mark.parametrize(("part", "flow"), list(enumerate(sorted(FLOWS))))
def test_many_orders_in_one_batch_survive_a_death_at_every_third_hop(
    crashes: Crashes, settings: Settings, flow: str, part: int
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    assert crashes.everywhere(through(a_mixture, flow), part=part, parts=len(FLOWS)) > 0


@every_flow
def test_two_deaths_one_after_the_other_are_survived(
    crashes: Crashes, settings: Settings, flow: str
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    for path in (paths.out_of_stock, paths.cancelled_before_it_is_paid):
        crashes.twice(through(path, flow), pairs=5, seed=len(flow))


@every_flow
def test_the_page_tells_about_how_many_boundaries_there_are(
    crashes: Crashes, settings: Settings, flow: str
) -> None:
    """A hop more or less here and there is no reason to change it."""
    counted = sum(
        len(crashes.boundaries_of(through(path, flow), given=beginning_of(path, flow)))
        for path in paths_of(flow)
    )
    settings.OUTBOX_FOLLOW_UP = False
    mixed = len(crashes.boundaries_of(through(a_mixture, flow)))
    row = re.search(rf"\| `{flow}` \| (\d+) \| ([\d,]+) \| ([\d,]+) \|", PAGE)
    assert row is not None
    in_all, told, told_mixed = (number(cell) for cell in row.groups())
    assert in_all == len(paths_of(flow))
    assert abs(told - counted) <= counted // 10, f"tell of {counted} boundaries"
    assert abs(told_mixed - mixed) <= mixed // 10, f"tell of {mixed} boundaries of a mixture"


def test_the_page_adds_up() -> None:
    rows = re.findall(r"\| `\w+` \| \d+ \| ([\d,]+) \| ([\d,]+) \|", PAGE)
    told = re.search(r"([\d,]+) boundaries of paths.*?([\d,]+) of a mixture", PAGE, re.DOTALL)
    assert told is not None
    sums = [sum(number(cell) for cell in column) for column in zip(*rows, strict=True)]
    assert [number(text) for text in told.groups()] == sums


def number(text: str) -> int:
    return int(text.replace(",", ""))
