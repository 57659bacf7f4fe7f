"""Finding orders and customers by what people say of them, for those who may see it."""

from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission, User
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from orders.models import Customer, Order
from orders.models.words import folded
from orders.names import SHORTEST, customers_called
from orders.pricing import NewLine
from orders.services import change_profile, erase_customer, import_order
from outbox.kit.finding import MOST_FOUND
from testkit.delivering import settle
from testkit.shop import Shop
from tests.api.conftest import client_of, member_of

ORDERS, CUSTOMERS = "/api/v1/orders", "/api/v1/customers"

PEOPLE: dict[str, tuple[str, str]] = {
    "jose": ("José Ángel Núñez-Ruiz", "J.Nunez@Example.org"),
    "soren": ("Søren Łukasz Weiß", "soren@straße.example"),
    "nora": ("Nora O\N{RIGHT SINGLE QUOTATION MARK}Brien", "nora+shop@example.net"),
    "ngo": ("Ng Ô", ""),
    "cat": ("Catherine \\ 'Cat' & | ! : * <->", "cat%_@example.org"),
}


@pytest.fixture
def people(shop: Shop) -> dict[str, Customer]:  # noqa: ARG001 - the tables
    return {
        key: Customer.objects.create(name=name, email=email, reference=f"CRM:{key}")
        for key, (name, email) in PEOPLE.items()
    }


def found(client: APIClient, text: str, where: str = CUSTOMERS) -> list[str]:
    answer = client.get(f"{where}?search={quote(text)}")
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


def order_for(customer: Customer, reference: str) -> Order:
    line = NewLine(sku="MUG", quantity=1)
    order = import_order(
        reference=reference, customer=customer, lines=[line], payment_method="pm_card_visa"
    )
    settle()
    return order


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("josé", "jose"),
        ("JOSE", "jose"),
        ("angel nun", "jose"),
        ("nunez jose", "jose"),
        ("ruiz", "jose"),
        ("NÚÑEZ-R", "jose"),
        ("j.nunez@ex", "jose"),
        ("J.NUNEZ@EXAMPLE.ORG", "jose"),
        ("crm:jo", "jose"),
        ("  jose   ruiz ", "jose"),
        ("soren", "soren"),
        ("SØREN", "soren"),
        ("lukasz weiss", "soren"),
        ("weiß", "soren"),
        ("soren@strasse", "soren"),
        ("o'brien", "nora"),
        ("O\N{RIGHT SINGLE QUOTATION MARK}B", "nora"),
        ("brien", "nora"),
        ("nora+shop@", "nora"),
        ("ng", "ngo"),
        ("ng o\N{COMBINING CIRCUMFLEX ACCENT}", "ngo"),
        ("catherine \\", "cat"),
        ("'cat'", "cat"),
        ("cat <->", "cat"),
        ("cat%_@", "cat"),
    ],
)
def test_a_customer_is_found_by_how_words_begin_in_any_case_and_accent(
    staff: APIClient, people: dict[str, Customer], text: str, whom: str
) -> None:
    assert found(staff, text) == [str(people[whom].id)]


@pytest.mark.parametrize(
    "text", ["osé", "jose soren", "example.org", "j", "%", "_@", "zoe", "' or '"]
)
def test_what_begins_no_word_finds_nobody(
    staff: APIClient, people: dict[str, Customer], text: str
) -> None:
    assert people
    assert found(staff, text) == []


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200))
def test_whoever_has_a_name_is_found_by_it(text: str) -> None:
    customer = Customer.objects.create(name=text)
    try:
        assert (customer.id in customers_called(text)) == (len("".join(folded(text))) >= SHORTEST)
    finally:
        customer.delete()


def test_a_search_follows_a_change_and_forgets_who_is_erased(
    staff: APIClient, people: dict[str, Customer]
) -> None:
    jose = people["jose"]
    change_profile(customer_id=jose.id, changes={"name": "Pepe"})
    assert (found(staff, "josé"), found(staff, "pepe")) == ([], [str(jose.id)])
    erase_customer(customer_id=jose.id, reason="asked for it", actor="grace")
    for text in ("pepe", "j.nunez", "crm:jose", "erased"):
        assert found(staff, text) == []


def test_staff_find_orders_by_customer_reference_or_the_beginning_of_an_id(
    staff: APIClient, shop: Shop, people: dict[str, Customer]
) -> None:
    mine, other = order_for(people["jose"], "till-7:1"), order_for(shop.customer, "till-7:2")
    mine_only = ["nunez", "J.NUNEZ@", "crm:jose", "till-7:1", str(mine.id), mine.id.hex.upper()]
    mine_only += [mine.number, mine.number.replace("-", " ").lower()]
    for text in mine_only:
        assert found(staff, text, ORDERS) == [str(mine.id)], text
    assert set(found(staff, str(mine.id)[:8], ORDERS)) == {str(mine.id), str(other.id)}
    for text in ("till-7:", "zzzzzzzz", str(mine.id)[:7], f"{mine.id}0", "ffffffff"):
        assert found(staff, text, ORDERS) == [], text


def test_other_filters_and_pages_narrow_a_search_down(
    staff: APIClient, people: dict[str, Customer]
) -> None:
    orders = [order_for(people["jose"], f"till:{number}") for number in range(3)]
    first = staff.get(f"{ORDERS}?search=jose&page_size=2").json()
    rest = staff.get(first["next"]).json()
    assert rest["next"] is None
    listed = [each["id"] for each in first["results"] + rest["results"]]
    assert listed == [str(order.id) for order in reversed(orders)]
    assert staff.get(f"{ORDERS}?search=jose&status=cancelled").json()["results"] == []


def test_customers_find_their_own_orders_only(
    ada: APIClient, shop: Shop, people: dict[str, Customer]
) -> None:
    mine, foreign = order_for(shop.customer, "till:mine"), order_for(people["jose"], "till:other")
    assert found(ada, "till:mine", ORDERS) == [str(mine.id)]
    assert found(ada, str(mine.id)[:13], ORDERS) == [str(mine.id)]
    for text in ("till:other", str(foreign.id), "josé", "nunez", "crm:jose"):
        assert found(ada, text, ORDERS) == [], text


def test_names_are_searched_with_the_permission_to_see_customers_only(
    people: dict[str, Customer],
) -> None:
    order = order_for(people["jose"], "till:1")
    user = User.objects.create_user("packer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_ordersummary"))
    packer = client_of(user)
    assert found(packer, "till:1", ORDERS) == [str(order.id)]
    for text in ("jose", "j.nunez@example.org", "crm:jose"):
        assert found(packer, text, ORDERS) == []
    assert packer.get(f"{CUSTOMERS}?search=jose").status_code == 403


@pytest.mark.parametrize("where", [ORDERS, CUSTOMERS])
def test_a_search_that_says_too_little_is_told_to_say_more(staff: APIClient, where: str) -> None:
    many = [Customer(name=f"Ann {number}") for number in range(MOST_FOUND + 1)]
    Customer.objects.bulk_create(many)
    refused = staff.get(f"{where}?search=ann")
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert (error["parameter"], "write more" in error["detail"]) == ("search", True)
    assert staff.get(f"{where}?search=ann+{MOST_FOUND}").status_code == 200


@pytest.mark.parametrize("text", ["", "x" * 201, "%00"])
def test_what_cannot_be_looked_for_is_refused(staff: APIClient, text: str) -> None:
    for where in (ORDERS, CUSTOMERS):
        refused: Any = staff.get(f"{where}?search={text}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["parameter"] == "search"


@pytest.mark.usefixtures("shop")
@override_settings(API_REQUESTS_PER_MINUTE=3)
def test_searches_count_for_the_throttle() -> None:
    client = client_of(member_of("support"))
    answers = [client.get(f"{ORDERS}?search=somebody").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
