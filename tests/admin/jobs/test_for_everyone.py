"""No page of the console keeps anybody out: axe-core finds nothing serious, on any screen."""

import json
from collections.abc import Iterator

import pytest
from django.urls import reverse

from orders.models import RefundProposal
from orders.sagas.models import SagaInstance
from outbox.models import Lane, Message, Redrive
from payments.models import Payment
from tests.admin.conftest import Browser, Outcomes

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

TURN = "isDark => document.documentElement.classList.toggle('dark', isDark)"

CONTRAST = {"runOnly": ["color-contrast"]}
"""What the theme changes."""

LISTS = (
    *("orders_order", "sagas_sagainstance", "readmodels_ordersummary", "readmodels_rebuild"),
    *("outbox_deadletter", "outbox_operatoract", "auth_user"),
)
"""Lists with badges, filters, acts, boxes to tick and times."""


def pages(world: Outcomes) -> Iterator[str]:
    """Yield the address of each kind of page."""
    order, stuck = world.confirmed, world.stuck
    yield from ("/admin/", "/admin/?span=week", "/admin/search-all/?q=lovelace")
    yield from ("/admin/attention/", "/admin/errors/", "/admin/no-such-page/")
    fault = Lane.objects.filter(stopped=True).exclude(fault="").order_by("pk")[0].fault
    yield reverse("error", args=[fault])
    yield reverse("error-note", args=[fault])
    yield f"/admin/outbox/redrive/begin/?fault={fault}"
    yield reverse("timeline", args=[order.pk])
    yield "/admin/readmodels/rebuild/of/order_summary/"
    yield from (reverse(f"admin:{each}_changelist") for each in LISTS)
    for row in (order, stuck):
        yield reverse("admin:orders_order_change", args=[row.pk])
    for act in ("take_back", "send"):
        yield reverse(f"admin:orders_order_{act}", args=[order.pk])
    yield reverse("hand-refund", args=[order.pk])
    yield reverse("admin:readmodels_orderdetail_change", args=[order.pk])
    for model in (SagaInstance, Payment, Message, Redrive):
        table = f"{model._meta.app_label}_{model._meta.model_name}"  # noqa: SLF001 - Django's documented Model._meta API
        yield reverse(f"admin:{table}_change", args=[model.objects.order_by("pk")[0].pk])
    proposal = RefundProposal.objects.order_by("pk")[0]
    yield reverse("admin:orders_refundproposal_change", args=[proposal.pk])


def faults_of(browser: Browser, **options: object) -> list[str]:
    """Return what axe-core finds serious or critical, and where."""
    found = axe.Axe().run(browser.page, options={"resultTypes": ["violations"], **options})
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]


def faults_on_all_screens(browser: Browser) -> dict[str, list[str]]:
    """Look at a page as it is opened on a desktop and on a phone, light and dark."""
    page, found = browser.page, {}
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme, options in (("light", {}), ("dark", CONTRAST)):
            page.evaluate(
                "dark => document.documentElement.classList.toggle('dark', dark)", theme == "dark"
            )
            if faults := faults_of(browser, **options):
                found[f"{width}, {theme}"] = faults
    return found


def test_nothing_serious_keeps_anybody_out(operator: Browser, world: Outcomes) -> None:
    found = {}
    for address in pages(world):
        operator.page.goto(address)
        if faults := faults_on_all_screens(operator):
            found[address] = faults
    assert found == {}, json.dumps(found, indent=1)
