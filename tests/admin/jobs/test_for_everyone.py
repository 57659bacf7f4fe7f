"""No page of the console keeps anybody out: axe-core finds nothing serious, on any screen."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from inventory.models import StockMovement
from orders.models import RefundProposal
from orders.sagas.models import SagaInstance
from outbox.models import Lane, Message, OperatorAct, Redrive
from payments.models import Payment
from tests.admin.conftest import Browser
from tests.admin.jobs.conftest import World

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

SCREENS = [(width, theme) for width in (1440, 390) for theme in ("light", "dark")]

LISTS = (
    *("orders_order", "orders_customer", "orders_refundproposal", "sagas_sagainstance"),
    *("payments_payment", "inventory_stockitem", "readmodels_ordersummary", "readmodels_rebuild"),
    *("outbox_deadletter", "outbox_redrive", "outbox_operatoract", "auth_user"),
)
"""A list with badges, with filters, with acts, with times, with nothing to choose."""


def pages(world: World) -> Iterator[str]:
    """Yield the address of each kind of page."""
    order, stuck = world.outcomes.confirmed, world.outcomes.stuck
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
    for act in ("cancel", "take_back", "refund", "send"):
        yield reverse(f"admin:orders_order_{act}", args=[order.pk])
    yield reverse("hand-refund", args=[order.pk])
    yield reverse("admin:readmodels_orderdetail_change", args=[order.pk])
    for model in (SagaInstance, Payment, Message, Redrive, OperatorAct, StockMovement):
        table = f"{model._meta.app_label}_{model._meta.model_name}"  # noqa: SLF001 - Django's documented Model._meta API
        yield reverse(f"admin:{table}_change", args=[model.objects.order_by("pk")[0].pk])
    proposal = RefundProposal.objects.order_by("pk")[0]
    yield reverse("admin:orders_refundproposal_change", args=[proposal.pk])


def faults_of(browser: Browser) -> list[str]:
    """Return what axe-core finds serious or critical, and where."""
    found = axe.Axe().run(browser.page, options={"resultTypes": ["violations"]})
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_nothing_serious_keeps_anybody_out(
    operator: Browser, world: World, width: int, theme: str
) -> None:
    page = operator.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its literals
    found = {}
    for address in pages(world):
        page.goto(address)
        page.wait_for_load_state("networkidle") if "redrive" in address else None
        if faults := faults_of(operator):
            found[address] = faults
    assert found == {}
