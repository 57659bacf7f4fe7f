"""Who gets into which page of the admin: every address, every model, and all who should be refused.

A new page is found by itself; one that is open to all staff has to be named here.
"""

from typing import Any, Final

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client

from tests.routes import routes

pytestmark = pytest.mark.django_db

DOOR: Final = {"/admin/login/"}
OPEN_TO_STAFF: Final = {
    "/admin/",
    "/admin/attention/",
    "/admin/jsi18n/",
    "/admin/live/",
    "/admin/logout/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    "/admin/search/",
    "/admin/search-all/",
    "/admin/toggle-sidebar/",
}
"""What concerns whoever is signed in; the first page shows each of them what they may see."""

PAGES: Final = {
    route.pattern: route
    for route in routes()
    if route.pattern.startswith("/admin/") and route.pattern not in DOOR
}
MODELS: Final = sorted(admin.site._registry, key=lambda model: model._meta.label)  # noqa: SLF001 - what is registered

LEADS_ON: Final = ("<path:object_id>/", "<path:object_id>/history/")
"""How patterns end that send whoever asks to another page, which looks at permissions."""


def client_of(**fields: Any) -> Client:
    """Return a browser in which somebody has signed in; an error of ours is an answer of 500."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(username="somebody", **fields))
    return client


def address_of(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"  # noqa: SLF001 - Django's documented Model._meta API


def test_every_model_has_its_pages_in_the_matrix() -> None:
    assert {f"{address_of(model)}<path:object_id>/change/" for model in MODELS} <= PAGES.keys()
    assert len(PAGES) > 100


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("fields", [None, {"is_superuser": True}], ids=["nobody", "no staff"])
def test_whoever_is_not_staff_is_shown_the_door(fields: dict[str, Any] | None, method: str) -> None:
    client, let_in = Client() if fields is None else client_of(**fields), {}
    for pattern, route in PAGES.items():
        answer = getattr(client, method)(route.address)
        leads_to = answer.headers.get("Location", "")
        if pattern != "/admin/logout/" and not leads_to.startswith("/admin/login/"):
            let_in[pattern] = answer.status_code
    assert let_in == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_without_a_permission_see_nothing(method: str) -> None:
    client, let_in = client_of(is_staff=True), {}
    for pattern in PAGES.keys() - OPEN_TO_STAFF:
        answer = getattr(client, method)(PAGES[pattern].address)
        refused = {403, 404, 405, *([302] if pattern.endswith(LEADS_ON) else [])}
        if answer.status_code not in refused:
            let_in[pattern] = answer.status_code
    assert let_in == {}


def holder_of(codename: str, model: type[Model]) -> Client:
    client = client_of(is_staff=True)
    permission = Permission.objects.get(
        codename=f"{codename}_{model._meta.model_name}",  # noqa: SLF001 - likewise
        content_type__app_label=model._meta.app_label,  # noqa: SLF001 - likewise
    )
    User.objects.get(username="somebody").user_permissions.add(permission)
    return client


def test_the_permission_to_look_opens_a_list_and_nothing_more() -> None:
    for model in MODELS:
        client, address = holder_of("view", model), address_of(model)
        assert client.get(address).status_code == 200, address
        for page in (f"{address}add/", f"{address}7/delete/", f"{address}7/change/"):
            assert client.post(page, {"post": "yes"}).status_code in {302, 403}, page
        opened = [each for each in MODELS if client.get(address_of(each)).status_code == 200]
        assert opened == [model]
        User.objects.all().delete()
