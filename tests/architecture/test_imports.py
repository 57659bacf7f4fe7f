"""Every import contract is kept, and every one catches the import that it is there to catch."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from orders.sagas.vocabulary.saga import definitions
from tests.packages import LINTER

ROOT: Path = settings.BASE_DIR

CONTEXT_LAYERS = "Inside a context imports point inwards"
CONTEXTS_MEET = "Contexts meet only through events and commands"
PLAIN_DATA = "Events, commands and messages are plain data"
MESSAGING = "Messaging knows no other app"
KIT = "The kit knows nothing of ours"
FOLDERS = "The folders of messaging are private to it and to the wiring"
ENGINE = "No saga is known to the saga engine"
LIFTED = "The saga engine stands on messaging alone"
SAGAS = "Sagas know only events, commands and the vocabulary"
READ_MODELS = "Read models know only events"
READERS = "Nothing but the wiring knows the read models"
WIRING = "Nothing knows the wiring"
SERVICES = "Services publish and start no task"
NO_TESTS = "What runs in production knows no test"

# Contract, the module that gets a wrong import, and the import.
WRONG_IMPORTS = [
    (CONTEXT_LAYERS, "payments/models/payments.py", "payments.services"),
    (CONTEXT_LAYERS, "inventory/services.py", "inventory.handlers"),
    (CONTEXT_LAYERS, "orders/events.py", "orders.models"),
    (CONTEXT_LAYERS, "orders/handlers.py", "orders.apps"),
    (CONTEXTS_MEET, "orders/services.py", "payments.models"),
    (CONTEXTS_MEET, "payments/services.py", "orders.models"),
    (
        CONTEXTS_MEET,
        "orders/sagas/engine/engine.py",
        "inventory.models",
    ),
    (PLAIN_DATA, "inventory/commands.py", "django.db"),
    (PLAIN_DATA, "outbox/messages.py", "outbox.models"),
    (MESSAGING, "outbox/publishing.py", "orders.events"),
    (MESSAGING, "outbox/tasks.py", "readmodels.models"),
    (KIT, "outbox/kit/money.py", "outbox.messages"),
    (KIT, "outbox/kit/admin/pages.py", "outbox.models"),
    (FOLDERS, "orders/handlers.py", "outbox.delivery.turn"),
    (FOLDERS, "readmodels/projection.py", "outbox.log.reading"),
    (LIFTED, "orders/sagas/engine/engine.py", "orders.commands"),
    (ENGINE, "orders/sagas/engine/engine.py", "orders.sagas.definitions.charge_first"),
    (
        SAGAS,
        "orders/sagas/definitions/charge_first.py",
        "orders.services",
    ),
    (
        SAGAS,
        "orders/sagas/definitions/charge_first.py",
        "outbox.publishing",
    ),
    (
        SAGAS,
        "orders/sagas/definitions/charge_first.py",
        "orders.sagas.engine.engine",
    ),
    (READ_MODELS, "readmodels/projections/orders.py", "orders.models"),
    (READ_MODELS, "readmodels/projections/orders.py", "payments.commands"),
    (READERS, "orders/handlers.py", "readmodels.models"),
    (WIRING, "payments/services.py", "config.environment.paths"),
    (SERVICES, "orders/services.py", "orders.sagas.engine.engine"),
    (SERVICES, "inventory/services.py", "outbox.tasks"),
    (NO_TESTS, "orders/handlers.py", "testkit.shop"),
]


def broken_contracts(tree: Path) -> set[str]:
    """Return the names of the contracts that a tree breaks."""
    program = (
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    )
    linted = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tree,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = linted.stdout.splitlines()
    assert any(line.startswith("Contracts: ") for line in lines), linted.stdout + linted.stderr
    return {n for n in contract_names() if any(li.startswith(f"{n} BROKEN") for li in lines)}


def contract_names() -> set[str]:
    return {contract["name"] for contract in LINTER["contracts"]}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in LINTER["root_packages"]:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize(("contract", "module", "wrong"), WRONG_IMPORTS)
def test_a_wrong_import_breaks_its_contract(
    tree: Path, contract: str, module: str, wrong: str
) -> None:
    with (tree / module).open("a") as source:
        source.write(f"\n\nimport {wrong}\n")
    assert contract in broken_contracts(tree)


def test_a_module_under_a_new_name_needs_a_place_among_the_layers(tree: Path) -> None:
    (tree / "payments" / "novelty.py").touch()
    assert broken_contracts(tree) == {CONTEXT_LAYERS}


def test_every_contract_is_proven() -> None:
    assert {contract for contract, _, _ in WRONG_IMPORTS} == contract_names()


def test_every_app_is_under_contract() -> None:
    names = {app.name.partition(".")[0] for app in apps.get_app_configs()}
    assert {name for name in names if (ROOT / name).is_dir()} == set(LINTER["root_packages"])


def test_every_saga_is_under_contract() -> None:
    modules = {saga.__module__ for saga in definitions.values()}
    of_apps = {each for each in modules if apps.get_containing_app_config(each)}
    packages = {
        each if each.endswith(".sagas") else f"{each.rpartition('.')[0]}.*" for each in of_apps
    }
    for name in (ENGINE, SAGAS):
        contract = next(c for c in LINTER["contracts"] if c["name"] == name)
        assert packages == set(contract.get("protected_modules") or contract["source_modules"])
