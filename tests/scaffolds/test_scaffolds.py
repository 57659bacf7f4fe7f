"""Every scaffold, written into a copy of the tree, passes the checks and the test it brings."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.copies import copy_with, own_database, python

KINDS = {
    "subscriber": ("porters", "tests/inventory/test_porters.py"),
    "projection": ("order_worth", "tests/readmodels/test_order_worth.py"),
    "gateway": ("gift_cards", "tests/payments/gateways/test_gift_cards.py"),
    "layout": ("market_stall", "tests/replay/test_market_stall.py"),
    "saga": ("fraud_review", "tests/fraud_review"),
    "context": ("gift_wrap", "tests/gift_wrap"),
}

OF_EVERY_ROUTE = (
    "test_every_route_and_method_says_who_may_use_it",
    "test_needs_of_a_view_names_what_the_table_says",
)


def test_all_of_them_together_pass_the_checks_and_their_tests(tmp_path: Path) -> None:
    copy = copy_with([], into=tmp_path)
    written = []
    for kind, (name, _) in KINDS.items():
        said = python(copy, "manage", f"start{kind}", name)
        written += [line.removeprefix("written: ") for line in said.splitlines() if "py" in line]
    written = [path for path in written if (copy / path).is_file()]
    assert len(written) == 32
    python(copy, "manage", "makemigrations", "readmodels", "gift_wrap")
    python(copy, "tests.contracts")
    python(copy, "tests.readme")
    python(copy, "manage", "spectacular", "--file", "docs/openapi.yaml")
    python(copy, "manage", "check")
    python(copy, "ruff", "check", *written)
    python(copy, "ruff", "format", "--check", *written)
    tests = [test for _, test in KINDS.values()]
    tests += ["tests/architecture", "tests/contracts", "tests/readme/test_folders.py"]
    tests += [f"tests/api/test_access.py::{each}" for each in OF_EVERY_ROUTE]
    tests += ["tests/admin/test_finding_ones_way.py::test_the_side_bar_leads_to_every_page"]
    python(
        copy, "pytest", "-q", *tests, "-p", "no:cacheprovider", DATABASE_URL=own_database("begun")
    )


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_there_is_overwritten(kind: str, tmp_path: Path) -> None:
    call_command(f"start{kind}", KINDS[kind][0], into=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.py")}
    with pytest.raises(CommandError, match="is there already: add to it"):
        call_command(f"start{kind}", KINDS[kind][0], into=tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.py")} == before


@pytest.mark.parametrize("name", ["gift cards", "GiftCards", "../gift_cards", ""])
def test_a_name_that_is_no_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no name in snake_case"):
        call_command("startgateway", name, into=tmp_path)
    assert list(tmp_path.rglob("*")) == []
