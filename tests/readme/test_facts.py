"""The README and the other pages agree with the code."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection
from packaging.requirements import Requirement

from config.contexts import own_contexts
from config.environment.mail import NO_MAIL, MailServer
from config.environment.variables import Default
from orders.sagas.definitions.charge_first import ChargeFirst
from outbox.kit.secret import Secret
from outbox.messages import type_of
from testkit.delivering import settle, settle_all_but
from testkit.lanes import stop
from testkit.shop import Shop
from tests.environments import DEVELOPMENT, PRODUCTION, defaults_in
from tests.packages import APPS

ROOT: Path = settings.BASE_DIR
README = (ROOT / "README.md").read_text()
DEPENDENCIES = (ROOT / "docs" / "dependencies.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
TOUR = (ROOT / "docs" / "tour.md").read_text()
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def table(page: str, first_heading: str) -> Iterator[list[str]]:
    """Yield the rows of the table of a page that begins with this heading, cell by cell."""
    _, _, below = page.partition(f"\n| {first_heading} |")
    for line in below.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def in_code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    listed = [name for packages, _ in table(DEPENDENCIES, "package") for name in in_code(packages)]
    assert sorted(listed) == sorted(Requirement(line).name for line in wanted)


def test_every_variable_is_in_the_table_of_settings() -> None:
    listed = [name for cell, *_ in table(SETTINGS, "variable") for name in in_code(cell)]
    assert sorted(listed) == sorted(defaults_in(PRODUCTION))


@pytest.mark.parametrize("variables", [PRODUCTION, DEVELOPMENT])
def test_the_table_of_settings_gives_the_defaults(variables: dict[str, str]) -> None:
    shown = {in_code(name)[0]: default for name, _, default in table(SETTINGS, "variable")}
    for name, default in defaults_in(variables).items():
        assert as_in_the_table(default) in shown[name], name


def as_in_the_table(default: object) -> str:
    """Return what the table has to say of a default."""
    match default:
        case Default.REQUIRED | [] | {} | "":
            text = "none"
        case [Secret()] | Secret():
            text = "a public one"
        case ["localhost", *_]:
            text = "this machine"
        case None:
            text = "`forever`"
        case True | False:
            text = f"`{int(default)}`"
        case Path():
            text = f"`{default.relative_to(ROOT)}`"
        case MailServer() if default == NO_MAIL:
            text = "`none`"
        case _:
            text = f"`{default}`"
    return text


def test_the_picture_shows_the_messages_of_the_default_flow_and_no_others() -> None:
    _, _, below = TOUR.partition("```mermaid\n")
    shown = set(re.findall(r"->>\w+: ([A-Z]\w+[a-z][A-Z]\w+)", below.partition("```")[0]))
    flow = {command.__name__ for step in ChargeFirst.every_step for command in step.commands()}
    flow |= {event.__name__ for event in ChargeFirst.events}
    # The undo of a reservation that gives no answer is told in words, as are a cancellation and a
    # payment that the customer or the bank settles later.
    told = {
        *("PaymentAcceptedByBank", "PaymentActionRequired"),
        "ReleaseInventory",
        "InventoryReleased",
        "OrderCancellationRequested",
        "OrderConfirmationRefused",
        "PaymentRefundDeclined",
        "PaymentUnresolved",
    }
    assert shown - {"CallGateway"} == flow - told
    assert shown <= type_of.keys()


def test_the_picture_of_the_house_shows_every_app() -> None:
    _, _, below = README.partition("```mermaid\n")
    assert set(re.findall(r'^ *.*?(\w+)\["\1<br>', below.partition("```")[0], re.MULTILINE)) == {
        *APPS
    } - {*own_contexts()}


def test_a_newcomer_has_read_the_readme_in_ten_minutes() -> None:
    assert len(README.split()) < 1200


def test_the_list_of_decisions_has_each_by_its_title_and_status() -> None:
    folder = ROOT / "docs" / "adr"
    rows = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (\w+)", (folder / "README.md").read_text(), re.MULTILINE
    )
    pages = sorted(folder.glob("0*.md"))
    assert [name for _, _, name, _ in rows] == [page.name for page in pages]
    for (number, title, _, status), page in zip(rows, pages, strict=True):
        text = page.read_text()
        assert text.startswith(f"# {number}. {title}\n"), page.name
        assert f"**Status**: {status}" in text, page.name


def heading_of(anchor: str, page: Path) -> bool:
    """Tell whether a page has the heading that an anchor leads to."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_anchors_lead_to_headings(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text())
    lost = [
        (target, anchor)
        for target, anchor in links
        if not heading_of(anchor, page.parent / target if target else page)
    ]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= get_commands().keys()
    programs = set(re.findall(r"\bbin/[a-z]+", text))
    assert [program for program in programs if not (ROOT / program).is_file()] == []


@pytest.mark.django_db
@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", OPERATING, re.DOTALL))
def test_every_query_for_operators_runs(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)


def test_the_redrive_for_operators_brings_a_dead_letter_to_its_end(audited: Shop) -> None:
    (redrive,) = re.findall(r"```sh\nbin/python manage.py (outbox redrive .*)\n```", OPERATING)
    order = audited.order()
    settle_all_but("gateway")
    stop("gateway", attempts=20)
    settle()
    order.refresh_from_db()
    assert order.status == "pending"
    call_command(*shlex.split(redrive.removesuffix(" --ramps")))
    settle()
    order.refresh_from_db()
    assert order.status == "confirmed"
