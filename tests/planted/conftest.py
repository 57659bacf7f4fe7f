"""The rules' own tests are run with a bug put in, so their fixtures are needed here too."""

from tests.api.conftest import ada, bob
from tests.outbox.conftest import ear, listen

__all__ = ["ada", "bob", "ear", "listen"]
