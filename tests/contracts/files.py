"""What is kept of every contract: its name, a payload of each version, its page in the docs.

``python -m tests.contracts`` writes what is missing.
"""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from outbox.contracts.markdown import describe
from outbox.contracts.message_map import known_contracts
from outbox.messages import Contract
from outbox.registry import subscribers

FOLDER = Path(__file__).parent
NAMES = FOLDER / "names.txt"
EXAMPLES = FOLDER / "examples"
PAGE: Path = settings.BASE_DIR / "docs" / "messages.md"
ASYNC_API: Path = settings.BASE_DIR / "docs" / "asyncapi.yaml"

WRITE = "bin/python -m tests.contracts"
"""The command that a test names when a file is behind the code."""


def names() -> list[str]:
    """List the names that rows bear."""
    messages = [f"message {contract.__name__}" for contract in known_contracts()]
    return sorted(messages) + sorted(f"subscriber {name}" for name in subscribers)


def example_of(contract: type[Contract], version: int) -> Path:
    """Return where the example of one version is kept."""
    return EXAMPLES / f"{contract.__name__}.v{version}.json"


def versions() -> Iterator[tuple[type[Contract], int]]:
    """Yield every version of every contract, today's included."""
    for contract in known_contracts():
        for version in range(1, contract.version + 1):
            yield contract, version


def page() -> str:
    """Return what docs/messages.md has to be."""
    return "\n".join(describe()) + "\n"
