"""An erased customer cannot be found, and orders, payments and stock are unchanged."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from config.access.tokens import issue_token
from config.models import ApiToken
from config.personal_data.records import tables_with
from orders.models import Customer
from orders.services import ErasureRefused, correct_customer, erase_customer, request_cancellation
from outbox.models import OperatorAct
from testkit.delivering import settle, settle_all_but
from testkit.invariants import assert_clean
from testkit.shop import Shop, outcome
from tests.admin.forms import filled, send

FLOWS = ("charge_first", "reserve_first", "choreographed")
CANARIES = ("Zebedee Quux", "zeb@quux.example", "zebedee_q", "crm:quux-77", "Quuxland")
WHY = "asked for it, article 17"


@pytest.fixture
def boss(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    user = User.objects.create_superuser("boss")
    client = APIClient()
    token = issue_token(user, name="tests", reason="a test", actor="tests")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def zebedee(audited: Shop, boss: APIClient) -> Customer:
    """Add a customer through the API, with canaries in every field and orders in all flows."""
    account = User.objects.create_user(
        "zebedee_q", email="zeb@quux.example", first_name="Zebedee", last_name="Quux"
    )
    admitted = boss.post(
        "/api/v1/customers",
        {
            "name": "Zebedee Quux",
            "email": "zeb@quux.example",
            "country": "Quuxland",
            "reference": "crm:quux-77",
            "account": "zebedee_q",
            "reason": "by telephone",
        },
        format="json",
        HTTP_IDEMPOTENCY_KEY="admit-one-customer",
    )
    assert admitted.status_code == 201
    issue_token(account, name="app of Zebedee Quux", reason="he asked", actor="tests")
    customer = Customer.objects.get(pk=admitted.json()["id"])
    shop = Shop(customer)
    orders = [shop.order(flow=flow) for flow in FLOWS]
    shop.order({"MUG": 99})
    settle()
    request_cancellation(order_id=orders[0].id, reason_code="cancelled_by_customer")
    settle()
    Client().force_login(account)
    assert audited.reserved() == 2
    return customer


def found() -> dict[str, list[tuple[str, int]]]:
    """Return the tables with each canary but the country, which orders keep."""
    return {canary: list(tables_with(canary)) for canary in CANARIES if canary != "Quuxland"}


def test_nobody_finds_an_erased_customer_in_any_table(zebedee: Customer) -> None:
    assert all(found().values())
    call_command("customers", "erase", str(zebedee.id), "--reason", WHY, stdout=StringIO())
    assert not any(found().values()), found()
    zebedee.refresh_from_db()
    assert (zebedee.name, zebedee.email, zebedee.country) == ("Erased customer", "", "")
    assert (zebedee.reference, zebedee.user) == (None, None)
    act = OperatorAct.objects.get(verb="erase customer")
    assert (act.subject, act.reason) == (f"customer {zebedee.id}", WHY)


def test_events_and_read_models_know_no_name_at_all(zebedee: Customer) -> None:
    tables = {table for table, _ in tables_with("Zebedee Quux")}
    assert tables <= {"orders_customer", "config_apitoken", "config_idempotencykey"}
    assert zebedee.orders.count() == 4


def test_the_books_are_balanced_and_read_models_are_rebuilt_the_same(zebedee: Customer) -> None:
    erase_customer(customer_id=zebedee.id, reason=WHY, actor="grace")
    assert_clean()
    for name in ("order_summary", "order_detail", "customer_statistics"):
        call_command("readmodels", "rebuild", name, verbosity=0)
    call_command("readmodels", "verify", stdout=StringIO())
    assert_clean()


def test_staff_see_the_orders_of_nobody(zebedee: Customer, boss: APIClient) -> None:
    erase_customer(customer_id=zebedee.id, reason=WHY, actor="grace")
    listed = boss.get("/api/v1/orders").json()["results"]
    assert {each["customer_name"] for each in listed} == {"Erased customer"}
    again = boss.post(
        "/api/v1/customers",
        {"name": "Zebedee Quux"},
        format="json",
        HTTP_IDEMPOTENCY_KEY="admit-one-customer",
    )
    assert "Quux" not in again.content.decode()


def test_the_account_opens_nothing_any_more(zebedee: Customer) -> None:
    account = zebedee.user
    assert account is not None
    client = Client()
    client.force_login(account)
    erase_customer(customer_id=zebedee.id, reason=WHY, actor="grace")
    assert not ApiToken.objects.filter(user=account).exists()
    account.refresh_from_db()
    assert (account.is_active, account.has_usable_password()) == (False, False)
    assert client.get("/api/v1/customers/me").status_code in {401, 403}


def test_the_account_of_a_member_of_the_staff_stays_theirs(zebedee: Customer) -> None:
    User.objects.filter(username="zebedee_q").update(is_staff=True)
    erase_customer(customer_id=zebedee.id, reason=WHY, actor="grace")
    assert User.objects.get(username="zebedee_q").is_active


def test_nobody_is_erased_while_an_order_is_under_way(zebedee: Customer) -> None:
    order = Shop(zebedee).order()
    settle_all_but("gateway")
    with pytest.raises(ErasureRefused, match="is under way"):
        erase_customer(customer_id=zebedee.id, reason=WHY, actor="grace")
    settle()
    assert outcome(order) == ("confirmed", "")
    erase_customer(customer_id=zebedee.id, reason=WHY, actor="grace")


@pytest.mark.parametrize("canary", ["zebedee quux", "ZEB@quux.example", "zebedee_q", "crm:quux-77"])
def test_a_reason_that_names_the_customer_is_refused(zebedee: Customer, canary: str) -> None:
    with pytest.raises(CommandError, match="without naming the customer"):
        call_command("customers", "erase", str(zebedee.id), "--reason", f"{canary} asked for it")
    zebedee.refresh_from_db()
    assert zebedee.erased_at is None


def test_erasing_again_changes_nothing_and_nobody_writes_a_name_back(zebedee: Customer) -> None:
    for _ in range(2):
        erase_customer(customer_id=zebedee.id, reason=WHY, actor="grace")
    assert OperatorAct.objects.filter(verb="erase customer").count() == 1
    with pytest.raises(Customer.DoesNotExist):
        correct_customer(
            customer_id=zebedee.id, changes={"name": "Zebedee"}, reason="typo", actor="grace"
        )


@pytest.mark.usefixtures("zebedee")
def test_all_that_is_kept_of_one_person_is_exported(audited: Shop) -> None:
    other = audited.order()
    settle()
    printed = StringIO()
    call_command("customers", "export", "crm:quux-77", stdout=printed)
    kept = json.loads(printed.getvalue())
    assert kept["orders.Customer"][0]["name"] == "Zebedee Quux"
    assert kept["auth.User"][0]["email"] == "zeb@quux.example"
    assert len(kept["orders.Order"]) == 4
    assert {
        *("orders.OrderLine", "payments.Payment", "payments.PaymentOperation"),
        *("inventory.Reservation", "sagas.SagaInstance", "outbox.Message", "outbox.OperatorAct"),
        *("readmodels.OrderSummary", "readmodels.CustomerStatistics", "config.ApiToken"),
    } <= kept.keys()
    assert str(other.id) not in printed.getvalue()
    assert "digest" not in kept["config.ApiToken"][0]
    assert "password" not in kept["auth.User"][0]


def test_a_text_is_found_wherever_it_stands(zebedee: Customer) -> None:
    with pytest.raises(CommandError, match="orders_customer: 1") as caught:
        call_command("customers", "find", zebedee.name.upper())
    assert caught.value.returncode == 1
    said = StringIO()
    call_command("customers", "find", "Zebedee Quuxx", stdout=said)
    assert said.getvalue() == "It is in no table\n"
    with pytest.raises(CommandError, match="no customer has the id") as caught:
        call_command("customers", "export", "nobody")
    assert caught.value.returncode == 2


def test_staff_erase_somebody_in_the_admin_for_a_reason(zebedee: Customer) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("grace"))
    page = reverse("admin:orders_customer_erase", args=[zebedee.id])
    shown = client.get(page).content.decode()
    assert "this cannot be undone" in shown
    assert "This field is required" in send(client, page, {"reason": ""}).content.decode()
    form = filled(client.get(page), {"reason": WHY})
    assert client.post(page, form).status_code == 302
    assert not any(found().values())
    assert OperatorAct.objects.get(verb="erase customer").actor == "grace"


def test_who_has_no_permission_erases_nobody(zebedee: Customer) -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    page = reverse("admin:orders_customer_erase", args=[zebedee.id])
    assert client.post(page, {"reason": WHY}).status_code == 403
    zebedee.refresh_from_db()
    assert zebedee.erased_at is None
