"""The demo's storefront is a page on the API, and of the demo alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import Resolver404, resolve

SCRIPT = Path(settings.BASE_DIR / "config/demo/storefront/static/storefront/shop.js")

SERVED = """
import django
django.setup()
from django.urls import reverse
print(reverse("storefront"), reverse("docs"), reverse("admin:index"))
"""


def test_production_does_not_serve_it() -> None:
    assert "config.demo.storefront" not in settings.INSTALLED_APPS
    with pytest.raises(Resolver404):
        resolve("/shop/")


def test_the_demo_serves_it_beside_everything_else() -> None:
    served = subprocess.run(
        [sys.executable, "-c", SERVED],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.demo.storefront.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert served.stdout.split() == ["/shop/", "/api/docs/", "/admin/"]


def test_its_script_goes_nowhere_but_to_the_api_and_writes_no_markup() -> None:
    script = SCRIPT.read_text()
    assert script.count("fetch(") == 1
    assert "fetch(API + path" in script
    for markup in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert markup not in script
