"""The OpenAPI document as developers of storefronts use it: linted, and made into a client."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from config.access.tokens import issue_token
from config.environment.paths import ROOT, STATE
from orders.models import Order
from testkit.shop import Shop

HERE = Path(__file__).parent / "typescript"
DOCUMENT = ROOT / "docs" / "openapi.yaml"


def run(*words: str | Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "CI": "1", "REDOCLY_TELEMETRY": "off", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def tools() -> Path:
    """Install what the lock file names, once, and return where its programs are."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no node and npm on this machine")
    folder, lock = STATE / "npm", (HERE / "package-lock.json").read_text()
    installed = folder / "installed.json"
    if not installed.exists() or installed.read_text() != lock:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        answer = run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder)
        if answer.returncode:
            pytest.skip(f"npm cannot install: {answer.stderr[-300:]}")
        installed.write_text(lock)
    return folder / "node_modules" / ".bin"


def test_redocly_has_nothing_to_say_of_the_document(tools: Path, tmp_path: Path) -> None:
    words = ("lint", "--extends=recommended-strict", "--format=stylish", DOCUMENT)
    answer = run(tools / "redocly", *words, folder=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_spectral_has_nothing_to_say_of_the_document(tools: Path, tmp_path: Path) -> None:
    words = ("lint", "--fail-severity=hint", "--ruleset", HERE / "spectral.yaml", DOCUMENT)
    answer = run(tools / "spectral", *words, folder=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_client_in_typescript_compiles_and_places_an_order(
    tools: Path, shop: Shop, served: str, tmp_path: Path
) -> None:
    shop.customer.user = User.objects.create_user("ada")
    shop.customer.save()
    token = issue_token(shop.customer.user, name="typescript", reason="a test", actor="tests")
    (tmp_path / "node_modules").symlink_to(tools.parent)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "storefront.ts", tmp_path)
    made = run(tools / "openapi-typescript", DOCUMENT, "--output", "shop.ts", folder=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    options = ("--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom")
    compiled = run(tools / "tsc", *options, "storefront.ts", folder=tmp_path)
    assert compiled.returncode == 0, compiled.stdout
    bought = run(
        "node",
        "storefront.js",
        folder=tmp_path,
        SERVER=served.removesuffix("/api/v1"),
        TOKEN=token,
    )
    assert bought.returncode == 0, bought.stdout + bought.stderr
    order = Order.objects.get()
    assert bought.stdout.split() == [str(order.id), "confirmed"]
