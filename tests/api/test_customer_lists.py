"""Customers as CSV: exported, changed in a spreadsheet, previewed, imported."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from orders.models import Customer
from orders.services import erase_customer
from outbox.models import OperatorAct
from testkit.shop import Shop
from tests.api.conftest import client_of, member_of

HEADER = "id,reference,name,email,country,language\r\n"
WHY = "from the old shop"


def exported(client: APIClient) -> str:
    answer = client.get("/api/v1/customer-list")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv")
    return str(answer.content.decode())


def preview(client: APIClient, csv: str) -> Any:
    answer = client.post("/api/v1/customer-imports/preview", {"csv": csv}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def bring(client: APIClient, csv: str, digest: str) -> Any:
    body = {"csv": csv, "digest": digest, "reason": WHY}
    return client.post("/api/v1/customer-imports", body, format="json")


def written() -> tuple[list[Any], int]:
    return list(Customer.objects.order_by("pk").values()), OperatorAct.objects.count()


def test_what_is_exported_changes_nothing_when_it_is_imported(boss: APIClient, shop: Shop) -> None:
    bob = Customer.objects.create(name="=1+1", email="bob@quux.example", reference="B-1")
    gone = Customer.objects.create(name="Eve Quux", email="eve@quux.example")
    erase_customer(customer_id=gone.id, reason="asked for it", actor="tests")
    listed = exported(boss)
    assert listed.startswith(HEADER)
    assert f"{bob.id},B-1,'=1+1,bob@quux.example,,\r\n" in listed
    assert str(shop.customer.id) in listed
    assert str(gone.id) not in listed
    plan = preview(boss, listed)
    assert (plan["changes"], plan["problems"]) == ([], [])


def test_a_preview_says_what_would_change_and_the_import_does_just_that(
    boss: APIClient, shop: Shop
) -> None:
    Customer.objects.create(name="Bob", reference="B-1", country="GB")
    csv = (
        "id,reference,name,email,language\r\n"
        f"{shop.customer.id},,Ada King,ada@king.example,de\r\n"
        ",B-1,Bob,,\r\n"
        ",C-1,Grace Hopper,grace@navy.example,\r\n"
    )
    before = written()
    plan = preview(boss, csv)
    assert written() == before
    assert plan["problems"] == []
    assert [(each["line"], each["what"]) for each in plan["changes"]] == [(2, "change"), (4, "add")]
    assert plan["changes"][0]["after"]["name"] == "Ada King"
    assert plan["changes"][0]["before"]["name"] == shop.customer.name
    assert bring(boss, csv, plan["digest"]).json() == {"changed": 2}
    shop.customer.refresh_from_db()
    assert (shop.customer.name, shop.customer.language) == ("Ada King", "de")
    assert Customer.objects.get(reference="C-1").email == "grace@navy.example"
    assert Customer.objects.get(reference="B-1").country == "GB"
    acts = OperatorAct.objects.filter(reason=WHY)
    assert sorted(acts.values_list("verb", flat=True)) == ["add customer", "change customer"]
    assert "King" not in str(list(acts.values()))
    assert bring(boss, csv, plan["digest"]).status_code == 409
    assert preview(boss, csv)["changes"] == []


def test_who_has_changed_since_the_preview_is_not_overwritten(boss: APIClient, shop: Shop) -> None:
    csv = f"id,reference,name\r\n{shop.customer.id},,Ada King\r\n"
    digest = preview(boss, csv)["digest"]
    Customer.objects.filter(pk=shop.customer.pk).update(name="Augusta")
    before = written()
    assert bring(boss, csv, digest).status_code == 409
    assert written() == before


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",,Nobody,,,", "reference: a new customer needs one"),
        ("nonsense,,Ada,,,", "id: as the export has it"),
        ("01936f2e-8b1c-7c3d-9a4e-5f60718293a4,,Ada,,,", "id: there is no such customer"),
        (",C-1,,,,", "name: one line of 1 to 200"),
        (",C-1,Grace,grace,,", "email: an address"),
        (",C-1,Grace,,,tlh", "language: one of de, en"),
        (",C-1,Grace", "another number of fields"),
        (',C-1,"Gra\nce",,,', "name: one line"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_row_that_cannot_be_used_is_told_by_its_line(
    boss: APIClient, row: str, said: str
) -> None:
    csv = f"{HEADER},D-1,Fine,,,\r\n{row}\r\n"
    before = written()
    plan = preview(boss, csv)
    (problem,) = plan["problems"]
    assert problem["line"] >= 3
    assert said in problem["detail"]
    assert bring(boss, csv, plan["digest"]).status_code == 409
    assert written() == before


def test_a_customer_stands_once_in_a_list_and_keeps_the_reference(
    boss: APIClient, shop: Shop
) -> None:
    Customer.objects.create(name="Bob", reference="B-1")
    csv = f"{HEADER},B-1,Bob,,,\r\n,B-1,Rob,,,\r\n{shop.customer.id},B-1,Ada,,,\r\n"
    told = {each["line"]: each["detail"] for each in preview(boss, csv)["problems"]}
    assert told == {
        3: "this customer stands in line 2 already",
        4: "reference: this customer has another, which an import does not change",
    }


@pytest.mark.usefixtures("shop")
def test_lists_of_customers_are_for_those_with_the_permission() -> None:
    support = client_of(member_of("support"))
    assert support.get("/api/v1/customer-list").status_code == 403
