"""Who may do what: every route of the API, every method, and everybody who should be refused.

A route or method that is not in ``ACCESS`` fails: whoever adds one says who may use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone
from rest_framework.test import APIClient

from config.access.checks import views_name_what_they_need
from config.access.permissions import METHODS
from config.access.scopes import SCOPES
from config.access.tokens import issue_service_token
from config.contexts import own_contexts
from orders.api.products import OneProduct
from orders.models import Customer, CustomerAddress, OrderReturn, RefundProposal, Shipment
from orders.services import LineToPack, pack_shipment
from outbox.kit.http.permissions import AUTHENTICATED
from outbox.webhooks.endpoints import add_endpoint
from outbox.webhooks.resending import start_resend
from payments.models import Payment
from testkit.delivering import settle
from testkit.shop import Shop
from tests.api.conftest import client_of
from tests.routes import Route, routes

PUBLIC: Final = "everybody: what is sent proves itself"
ANYBODY: Final = "everybody, few times a minute"
OPEN: Final = {ANYBODY: {200, 204, 400, 403}}
KNOWN: Final = "whoever has a token"
CUSTOMERS: Final = "customers, who see their own only"
ALONE: Final = "the customer whose it is, and nobody else"
THEIRS: Final = "the customer whose it is; other customers are told that it does not exist"
OWNER: Final = "the customer whose it is, and staff; others are told that it does not exist"

SEE_ENDPOINTS: Final = "outbox.view_webhookendpoint"
KEEP_ENDPOINTS: Final = "outbox.keep_webhookendpoint"

ACCESS: Final[dict[str, dict[str, str]]] = {
    "account/sign-ups": {"POST": ANYBODY},
    "account/confirmations": {"POST": ANYBODY},
    "account/password-resets": {"POST": ANYBODY},
    "account/session": {"GET": ANYBODY, "POST": ANYBODY, "DELETE": ANYBODY},
    "account/sign-out-everywhere": {"POST": CUSTOMERS},
    "account/password": {"POST": CUSTOMERS},
    "account/email": {"POST": CUSTOMERS},
    "service-tokens": {"GET": "config.view_apitoken", "POST": "config.issue_token"},
    "service-tokens/<int:token_id>/revoke": {"POST": "config.revoke_token"},
    "guest-orders": {"POST": "orders.add_order"},
    "orders": {"GET": CUSTOMERS, "POST": CUSTOMERS},
    "orders/imports": {"POST": "orders.add_order"},
    "orders/<uuid:order_id>": {"GET": OWNER},
    "orders/<uuid:order_id>/timeline": {"GET": OWNER},
    "orders/<uuid:order_id>/next-action": {"GET": ALONE},
    "orders/<uuid:order_id>/addresses": {"GET": OWNER},
    "orders/<uuid:order_id>/cancel": {"POST": OWNER},
    "orders/<uuid:order_id>/returns": {"POST": OWNER},
    "orders/<uuid:order_id>/refunds": {"POST": "orders.propose_refund"},
    "orders/<uuid:order_id>/hand-refunds": {"POST": "payments.enter_hand_refund"},
    "orders/<uuid:order_id>/shipments": {"POST": "orders.ship_order"},
    "orders/<uuid:order_id>/close": {"POST": "orders.change_order"},
    "shipments": {"GET": "orders.view_shipment"},
    "shipments/<uuid:shipment_id>/dispatch": {"POST": "orders.ship_order"},
    "shipments/<uuid:shipment_id>/unpack": {"POST": "orders.ship_order"},
    "returns": {"GET": "orders.view_orderreturn"},
    "returns/<uuid:return_id>/receive": {"POST": "orders.receive_return"},
    "returns/<uuid:return_id>/give-up": {"POST": OWNER},
    "quotes": {"POST": CUSTOMERS},
    "refund-proposals": {"GET": "orders.view_refundproposal"},
    "refund-proposals/<uuid:proposal_id>/approve": {"POST": "orders.approve_refund"},
    "refund-proposals/<uuid:proposal_id>/refuse": {"POST": "orders.approve_refund"},
    "product-list": {"GET": "orders.import_products"},
    "product-imports": {"POST": "orders.import_products"},
    "product-imports/preview": {"POST": "orders.import_products"},
    "product-prices": {"GET": "orders.view_productprice", "POST": "orders.add_productprice"},
    "products": {"GET": KNOWN, "POST": "orders.add_product"},
    "products/<path:sku>": {"GET": KNOWN, "PATCH": "orders.change_product"},
    "customer-list": {"GET": "orders.import_customers"},
    "customer-imports": {"POST": "orders.import_customers"},
    "customer-imports/preview": {"POST": "orders.import_customers"},
    "customers": {"GET": "orders.view_customer", "POST": "orders.add_customer"},
    "customers/me": {"GET": CUSTOMERS, "PATCH": CUSTOMERS},
    "customers/<uuid:customer_id>": {
        "GET": "orders.view_customer",
        "PATCH": "orders.change_customer",
    },
    "customers/me/addresses": {"GET": CUSTOMERS, "POST": CUSTOMERS},
    "customers/me/addresses/<uuid:address_id>": {"GET": THEIRS, "PATCH": THEIRS, "DELETE": THEIRS},
    "customers/<uuid:customer_id>/addresses": {"GET": "orders.view_customeraddress"},
    "customers/<uuid:customer_id>/statistics": {"GET": "readmodels.view_customerstatistics"},
    "sales": {"GET": "readmodels.view_dailysales"},
    "money-at-risk": {"GET": "readmodels.view_moneyatrisk"},
    "stock": {"GET": "readmodels.view_stocklevel"},
    "payments": {"GET": "payments.view_payment"},
    "payments/<uuid:payment_id>": {"GET": "payments.view_payment"},
    "payments/webhooks/<slug:gateway>": {"POST": PUBLIC},
    "stock/<path:sku>/receive": {"POST": "inventory.receive_stock"},
    "stock/<path:sku>/adjust": {"POST": "inventory.adjust_stock"},
    "stock/<path:sku>/write-off": {"POST": "inventory.write_off_stock"},
    "operations/status": {"GET": "outbox.view_lane"},
    "operations/dead-letters": {"GET": "outbox.view_lane"},
    "operations/dead-letters/redrive": {"POST": "outbox.redrive_lane"},
    "operations/dead-letters/discard": {"POST": "outbox.discard_lane"},
    "operations/webhook-endpoints": {"GET": SEE_ENDPOINTS, "POST": KEEP_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>": {"GET": SEE_ENDPOINTS, "PATCH": KEEP_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>/attempts": {"GET": SEE_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>/resends": {
        "GET": SEE_ENDPOINTS,
        "POST": KEEP_ENDPOINTS,
    },
    "operations/webhook-resends/<uuid:resend_id>/stop": {"POST": KEEP_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>/secret": {"POST": KEEP_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>/ping": {"POST": KEEP_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>/pause": {"POST": KEEP_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>/resume": {"POST": KEEP_ENDPOINTS},
    "operations/webhook-endpoints/<str:name>/remove": {"POST": KEEP_ENDPOINTS},
}

SCOPES_OF: Final[dict[str, dict[str, str]]] = {
    "quotes": {"POST": "orders:place"},
    "orders": {"GET": "orders:read", "POST": "orders:place"},
    "guest-orders": {"POST": "orders:guests"},
    "orders/<uuid:order_id>": {"GET": "orders:read"},
    "orders/<uuid:order_id>/timeline": {"GET": "orders:read"},
    "orders/<uuid:order_id>/addresses": {"GET": "orders:read"},
    "orders/<uuid:order_id>/next-action": {"GET": "orders:place"},
    "orders/<uuid:order_id>/cancel": {"POST": "orders:cancel"},
    "orders/<uuid:order_id>/returns": {"POST": "orders:cancel"},
    "returns/<uuid:return_id>/give-up": {"POST": "orders:cancel"},
    "customers/me": {"GET": "customers:read", "PATCH": "customers:write"},
    "customers/me/addresses": {"GET": "customers:read", "POST": "customers:write"},
    "customers/me/addresses/<uuid:address_id>": {
        "GET": "customers:read",
        "PATCH": "customers:write",
        "DELETE": "customers:write",
    },
    "products": {"GET": "products:read"},
    "products/<path:sku>": {"GET": "products:read"},
}
"""The scope that opens a route to a service token; nothing else is open to one."""

HERE: Final = "/api/v1/"
OF_THE_API: Final = {
    route.pattern.removeprefix(HERE): route for route in routes() if route.pattern.startswith(HERE)
}

ACCESS.update(
    {
        path: route.view.cls.needs
        for path, route in OF_THE_API.items()
        if route.view.cls.__module__.partition(".")[0] in own_contexts()
    }
)
"""What contexts of one's own ask for, they say at their views."""
CELLS: Final = [
    (path, method, who) for path, rights in ACCESS.items() for method, who in rights.items()
]


def methods_of(route: Route) -> set[str]:
    return {method for method in METHODS if hasattr(route.view.cls, method.lower())}


def test_every_route_and_method_says_who_may_use_it() -> None:
    served = {path: methods_of(route) for path, route in OF_THE_API.items()}
    assert served == {path: set(rights) for path, rights in ACCESS.items()}


def test_needs_of_a_view_names_what_the_table_says() -> None:
    asked = {
        path: {
            method: AUTHENTICATED if who in {KNOWN, CUSTOMERS, THEIRS, OWNER, ALONE} else who
            for method, who in rights.items()
        }
        for path, rights in ACCESS.items()
        if not {PUBLIC, ANYBODY} & set(rights.values())
    }
    assert {path: OF_THE_API[path].view.cls.needs for path in asked} == asked


@dataclass(frozen=True)
class Adas:
    """What belongs to Ada, by the words between the angle brackets of a route."""

    ids: dict[str, str]

    def address(self, path: str) -> str:
        for word, text in self.ids.items():
            path = path.replace(f"<{word}>", text)
        return HERE + path


@pytest.fixture
def adas(ada: APIClient, shop: Shop) -> Adas:
    """Let Ada buy something, with everything that follows from it."""
    placed = ada.post(
        "/api/v1/orders",
        {"lines": [{"sku": "MUG", "quantity": 2}], "payment_method": "pm_card_visa"},
        format="json",
    )
    settle()
    order_id = placed.json()["id"]
    proposal = RefundProposal.objects.create(
        order_id=order_id,
        amount=1,
        reason="a scratch",
        proposer=User.objects.create(username="somebody"),
        proposed_by="somebody",
    )
    add_endpoint(name="erp", url="https://erp.example", reason="an example", actor="ada")
    returned = OrderReturn.objects.create(
        order_id=order_id, amount=0, lines=[], expected_until=timezone.now() + timedelta(days=1)
    )
    shipment = pack_shipment(order_id=order_id, lines=[LineToPack(1, 1)], by="somebody")
    resend = start_resend(name="erp", since=timezone.now(), reason="an example", actor="ada")
    address = CustomerAddress.objects.create(
        customer=shop.customer, name="Ada Lovelace", street="12 Square", country="GB"
    )
    token, _ = issue_service_token(
        name="web shop", scopes=["products:read"], reason="an example", actor="tests"
    )
    return Adas(
        {
            "uuid:order_id": order_id,
            "uuid:shipment_id": str(shipment.id),
            "uuid:return_id": str(returned.id),
            "uuid:proposal_id": str(proposal.id),
            "uuid:customer_id": str(shop.customer.id),
            "uuid:payment_id": str(Payment.objects.get(order_id=order_id).id),
            "int:token_id": str(token.pk),
            "uuid:address_id": str(address.id),
            "path:sku": "MUG",
            "slug:gateway": "sandbox",
            "str:name": "erp",
            "uuid:resend_id": str(resend.id),
        }
    )


def ask(client: APIClient, method: str, address: str) -> Any:
    return client.generic(method, address, "{}", content_type="application/json")


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        (None, "OneProduct serves GET and does not say who may use it."),
        ({"GET": AUTHENTICATED}, "OneProduct serves PATCH and does not say who may use it."),
        (
            {"GET": AUTHENTICATED, "PATCH": "orders.change_product", "PACTH": "a typo"},
            "OneProduct has a permission for PACTH and does not serve it.",
        ),
    ],
)
def test_a_view_that_does_not_say_who_may_use_it_is_reported_and_refuses_everybody(
    adas: Adas,
    monkeypatch: pytest.MonkeyPatch,
    needs: dict[str, str] | None,
    said: str,
) -> None:
    assert views_name_what_they_need() == []
    if needs is None:
        monkeypatch.delattr(OneProduct, "needs")
    else:
        monkeypatch.setattr(OneProduct, "needs", needs)
    assert said in {fault.msg for fault in views_name_what_they_need()}
    with pytest.raises(SystemCheckError, match=said):
        call_command("check")
    if "serves" in said.partition(" and ")[0]:
        method = said.split()[2]
        boss = client_of(User.objects.create_superuser("boss"))
        assert ask(boss, method, adas.address("products/<path:sku>")).status_code == 403


def books() -> Iterator[Any]:
    """Return what no refused request may have changed."""
    yield list(Payment.objects.values())
    yield list(RefundProposal.objects.values())
    yield list(Shipment.objects.values())
    yield list(OrderReturn.objects.values())
    yield list(CustomerAddress.objects.values())
    yield list(Customer.objects.filter(name="Ada Lovelace").values())


@pytest.mark.parametrize(("path", "method", "who"), CELLS)
def test_without_a_token_nobody_gets_in(
    nobody: APIClient, adas: Adas, path: str, method: str, who: str
) -> None:
    status = ask(nobody, method, adas.address(path)).status_code
    expected = {**OPEN, PUBLIC: {400, 401}}
    assert status in expected.get(who, {401})


@pytest.mark.parametrize(("path", "method", "who"), CELLS)
def test_another_customer_gets_nothing_of_it(
    bob: APIClient, adas: Adas, path: str, method: str, who: str
) -> None:
    before = list(books())
    answer = ask(bob, method, adas.address(path))
    expected = {
        ANYBODY: {200, 204, 400, 403},
        PUBLIC: {401},
        KNOWN: {200},
        CUSTOMERS: {200, 400},
        THEIRS: {404},
        ALONE: {404},
        OWNER: {404},
    }
    assert answer.status_code in expected.get(who, {403})
    assert b"Ada" not in answer.content
    assert list(books()) == before


@pytest.mark.parametrize(("path", "method", "who"), CELLS)
def test_staff_without_the_permission_are_refused(
    clerk: APIClient, adas: Adas, path: str, method: str, who: str
) -> None:
    before = list(books())
    answer = ask(clerk, method, adas.address(path))
    expected = {**OPEN, PUBLIC: {401}, KNOWN: {200}, OWNER: {403, 404}, ALONE: {404}}
    assert answer.status_code in expected.get(who, {403})
    assert b"Ada" not in answer.content
    assert list(books()) == before


@pytest.mark.parametrize(("path", "method", "who"), CELLS)
def test_a_service_token_needs_the_scope_and_gets_nowhere_else(
    adas: Adas, shop: Shop, path: str, method: str, who: str
) -> None:
    scope = SCOPES_OF.get(path, {}).get(method)
    others = [each for each in SCOPES if each != scope]
    whom = {"HTTP_ON_BEHALF_OF": str(shop.customer.id)}

    def asked(scopes: list[str]) -> int:
        _, secret = issue_service_token(name="shop", scopes=scopes, reason="tests", actor="tests")
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}", **whom)
        return int(ask(client, method, adas.address(path)).status_code)

    expected = {**OPEN, PUBLIC: {401}}
    assert asked(others) in expected.get(who, {403})
    if scope:
        assert asked([scope]) in {200, 202, 204, 400, 422}


@pytest.mark.parametrize(
    ("path", "method", "permission"), [cell for cell in CELLS if "." in cell[2]]
)
def test_the_permission_opens_the_door(adas: Adas, path: str, method: str, permission: str) -> None:
    app, _, codename = permission.partition(".")
    user = User.objects.create_user("holder")
    user.user_permissions.add(
        Permission.objects.get(content_type__app_label=app, codename=codename)
    )
    answer = ask(client_of(user), method, adas.address(path))
    assert answer.status_code in {200, 202, 400}


@pytest.mark.parametrize("path", [path for path in ACCESS if "webhooks" not in path])
def test_what_a_route_does_not_offer_is_refused_to_everybody(
    boss: APIClient, adas: Adas, path: str
) -> None:
    for method in {*METHODS, "OPTIONS", "TRACE"} - ACCESS[path].keys():
        assert ask(boss, method, adas.address(path)).status_code == 405
