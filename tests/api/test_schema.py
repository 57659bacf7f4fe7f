"""The API keeps what its OpenAPI document says, whatever it is sent: schemathesis tries.

``SCHEMA_CASES=110 bin/test tests/api/test_schema.py -rP`` tries more, and shows its summary.
"""

import os
import subprocess
import sys
from pathlib import Path

import yaml
from django.conf import settings
from django.contrib.auth.models import User

from config.access.tokens import issue_token
from orders.models import RefundProposal
from testkit.shop import Shop
from tests.api.conftest import member_of
from tests.api.schema_hooks import FOR_SALE

CASES_PER_OPERATION = os.environ.get("SCHEMA_CASES", "5")
"""Those that are made up at random; the edges of each schema are tried beside them, always."""

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def test_whatever_is_sent_is_answered_as_documented(
    shop: Shop, served: str, tmp_path: Path
) -> None:
    """Somebody asks who may everything, and is a customer, so that every operation can succeed."""
    shop.customer.user = member_of("admin")
    shop.customer.save()
    shop.receive(FOR_SALE, 1_000_000)
    grace = User.objects.create(username="grace")
    for order in (shop.order({FOR_SALE: 1}), shop.order({FOR_SALE: 2})):
        RefundProposal.objects.create(
            order=order, amount=1, reason="broken", proposer=grace, proposed_by="grace"
        )
    token = issue_token(shop.customer.user, name="schema", reason="a test", actor="tests")
    words = [
        *("--config-file", str(Path(__file__).with_name("schemathesis.toml"))),
        *("run", str(DOCUMENT), "--url", served.removesuffix("/api/v1")),
        *("--header", f"Authorization: Bearer {token}"),
        *("--checks", "all", "--max-examples", CASES_PER_OPERATION, "--seed", "1"),
    ]
    tried = subprocess.run(
        [str(SCHEMATHESIS), *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    sys.stdout.write(tried.stdout + tried.stderr)
    assert tried.returncode == 0
    operations = [
        name for path in yaml.safe_load(DOCUMENT.read_text())["paths"].values() for name in path
    ]
    assert f"Tested: {len(operations)}\n" in tried.stdout
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}\n" in tried.stdout
