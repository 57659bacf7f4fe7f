"""The OpenAPI document: valid, the one in the repository, and what Swagger UI shows."""

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from config.access.scopes import ON_BEHALF_OF
from orders.serializers.orders import NewOrderSerializer
from tests.routes import routes

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
WRITE_IT = "run: manage.py spectacular --file docs/openapi.yaml"


def generated() -> str:
    document = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=document)
    return document.getvalue()


FOR_EVERYBODY = {
    *("account_confirm", "account_reset_password", "account_session"),
    *("account_sign_in", "account_sign_out", "account_sign_up"),
}
"""Operations of people who have no session yet, or end theirs."""
FOR_GUESTS = {"orders_read", "orders_timeline", "orders_next_action"}


def test_the_document_in_the_repository_is_that_of_the_code() -> None:
    assert COMMITTED.read_text() == generated(), WRITE_IT


def test_every_operation_names_its_problems_and_asks_for_authentication() -> None:
    paths: dict[str, Any] = yaml.safe_load(generated())["paths"]
    operations = [each for path in paths.values() for each in path.values()]
    assert len(operations) >= 4
    for operation in operations:
        assert operation["responses"].keys() >= {"400", "401", "403"}
        is_open = operation["operationId"] in FOR_EVERYBODY
        asked: list[dict[str, list[str]]] = (
            [] if is_open else [{"tokenAuth": []}, {"cookieAuth": []}]
        )
        if operation["operationId"] in FOR_GUESTS:
            asked.append({"guestAuth": []})
        assert operation["security"] == asked, operation["operationId"]


def test_an_operation_says_what_a_service_token_needs_and_how_many_requests_are_left() -> None:
    paths: dict[str, Any] = yaml.safe_load(generated())["paths"]
    told = {
        (re.sub(r"<\w+:(\w+)>", r"{\1}", route.pattern), method): scope
        for route in routes()
        for method, scope in getattr(getattr(route.view, "cls", None), "scopes", {}).items()
    }
    assert len(told) > 10
    for path, operations in paths.items():
        for method, operation in operations.items():
            headers = operation["responses"]["429"]["headers"].keys()
            assert headers >= {"RateLimit", "RateLimit-Policy", "Retry-After"}
            named = [
                each for each in operation.get("parameters", ()) if each["name"] == ON_BEHALF_OF
            ]
            scope = told.get((path, method.upper()))
            assert bool(named) == bool(scope), (path, method)
            if scope:
                assert f"`{scope}`" in named[0]["description"]


def examples_of(media: dict[str, Any], document: dict[str, Any]) -> Iterator[Any]:
    """Yield the examples of a body; those of problems stand in one place for all."""
    shared = document["components"]["examples"]
    for each in media.get("examples", {}).values():
        yield (shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each)["value"]
    if "example" in media:
        yield media["example"]


def test_every_body_has_examples_that_its_schema_allows() -> None:
    document = yaml.safe_load(generated())
    checked, wrong = 0, {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            told = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for status, body in told.items():
                for media in body.get("content", {}).values():
                    examples = list(examples_of(media, document))
                    assert examples, f"{method} {path} {status} has no example"
                    schema = {**media["schema"], "components": document["components"]}
                    validator = Draft202012Validator(schema)
                    for example in examples:
                        checked += 1
                        if errors := [e.message for e in validator.iter_errors(example)]:
                            wrong[method, path, status] = errors
    assert wrong == {}
    assert checked > 100


def test_the_example_of_an_order_is_one_that_is_taken() -> None:
    post = yaml.safe_load(generated())["paths"]["/api/v1/orders"]["post"]
    (example,) = post["requestBody"]["content"]["application/json"]["examples"].values()
    order = NewOrderSerializer(data=example["value"])
    assert order.is_valid(), order.errors


def test_the_documentation_is_open_to_all(client: Client) -> None:
    assert client.get("/api/docs/").status_code == 200
    assert client.get("/api/schema/").status_code == 200
