"""``manage.py api compat``: what would break clients is found; what goes is announced first."""

from copy import deepcopy
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from config.http.deprecation import deprecated
from config.openapi.breaks import breaks

TODAY = date(2026, 6, 1)
COMMITTED = settings.BASE_DIR / "docs" / "openapi.yaml"

PARCELS: dict[str, Any] = {
    "paths": {
        "/parcels": {
            "post": {
                "parameters": [{"in": "query", "name": "fast", "schema": {"type": "boolean"}}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/New"}}}
                },
                "responses": {
                    "201": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/Parcel"}}}
                    }
                },
            }
        }
    },
    "components": {
        "New": {
            "type": "object",
            "properties": {"carrier": {"type": "string", "maxLength": 40}},
            "additionalProperties": False,
        },
        "Parcel": {
            "type": "object",
            "required": ["id", "status"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "status": {"type": "string", "enum": ["packed", "sent"]},
            },
        },
    },
}


def changed(*path: str, to: Any) -> list[str]:
    """Compare the parcels' API with one in which a part is another, or is gone (``None``)."""
    new = deepcopy(PARCELS)
    part = new
    for name in path[:-1]:
        part = part[name]
    if to is None:
        del part[path[-1]]
    else:
        part[path[-1]] = to
    return list(breaks(PARCELS, new, today=TODAY))


def test_the_committed_document_breaks_no_client_of_its_own() -> None:
    said = StringIO()
    call_command("api", "compat", COMMITTED, stdout=said)
    assert said.getvalue() == "clients of that release can go on\n"


def test_an_operation_that_is_gone_stops_a_deployment(tmp_path: Path) -> None:
    document = yaml.safe_load(COMMITTED.read_text())
    document["paths"]["/api/v1/parcels"] = PARCELS["paths"]["/parcels"]
    old = tmp_path / "old.yaml"
    old.write_text(yaml.safe_dump(document))
    said = StringIO()
    with pytest.raises(CommandError, match="1 things would break clients"):
        call_command("api", "compat", old, stdout=said)
    assert said.getvalue().startswith("POST /api/v1/parcels is gone: deprecate it first")


POST = ("paths", "/parcels", "post")
NEW, PARCEL = ("components", "New"), ("components", "Parcel")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ((*NEW, "properties", "note"), {"type": "string"}),
        ((*NEW, "properties", "carrier", "maxLength"), 80),
        ((*PARCEL, "properties", "weight"), {"type": "integer"}),
        ((*POST, "parameters"), [*PARCELS["paths"]["/parcels"]["post"]["parameters"]]),
    ],
    ids=["a new field to send", "a longer text", "a new field to read", "nothing"],
)
def test_what_clients_need_not_know_breaks_nothing(path: tuple[str, ...], to: Any) -> None:
    assert changed(*path, to=to) == []


@pytest.mark.parametrize(
    ("path", "to", "complaint"),
    [
        ((*NEW, "required"), ["carrier"], "the body: carrier may be missing"),
        ((*NEW, "properties", "carrier"), None, "the body: carrier may be there"),
        ((*NEW, "properties", "carrier", "maxLength"), 20, "the body: carrier has maxLength 40"),
        ((*PARCEL, "required"), ["id"], "the answer 201: status may be missing"),
        (
            (*PARCEL, "properties", "status", "enum"),
            ["packed", "sent", "lost"],
            "the answer 201: status may be 'lost', which is not read",
        ),
        ((*PARCEL, "properties", "id"), {"type": "integer"}, "the answer 201: id may be integer"),
        ((*POST, "parameters"), [], "fast is gone"),
        ((*POST, "responses"), {"202": {}}, "it no longer answers 201"),
    ],
)
def test_what_would_break_a_client_is_named(path: tuple[str, ...], to: Any, complaint: str) -> None:
    assert any(each.startswith(f"POST /parcels: {complaint}") for each in changed(*path, to=to))


@pytest.mark.parametrize(("sunset", "broken"), [("2026-05-31", 0), ("2026-06-02", 1)])
def test_a_deprecated_operation_may_go_after_its_sunset(sunset: str, broken: int) -> None:
    old = deepcopy(PARCELS)
    old["paths"]["/parcels"]["post"] |= {"deprecated": True, "x-sunset": sunset}
    assert len(list(breaks(old, {**PARCELS, "paths": {}}, today=TODAY))) == broken


def test_a_deprecated_operation_says_so_in_every_answer() -> None:
    class Parcels(APIView):
        authentication_classes = permission_classes = throttle_classes = ()

        @deprecated(since=date(2026, 1, 1), sunset=date(2026, 12, 31), instead="/api/v2/parcels")
        def get(self, _request: Any) -> Response:
            return Response({})

    response = Parcels.as_view()(APIRequestFactory().get("/parcels"))
    since = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert response.headers["Deprecation"] == f"@{since}"
    assert response.headers["Sunset"] == "Thu, 31 Dec 2026 00:00:00 GMT"
    assert response.headers["Link"] == '</api/v2/parcels>; rel="successor-version"'


def test_half_a_year_of_notice_is_given() -> None:
    with pytest.raises(ValueError, match="keep it for 180 days"):
        deprecated(since=date(2026, 1, 1), sunset=date(2026, 2, 1), instead="/")
