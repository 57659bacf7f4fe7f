"""The rules' own tests are run with a bug put in, so their fixtures are needed here too."""

from tests.api.conftest import ada, bob
from tests.outbox.conftest import ear, listen
from tests.outbox.test_callers import _nobody_calls_on
from tests.outbox.test_groups import alto, bass, flow, join
from tests.outbox.test_redrive import ears

__all__ = [
    "_nobody_calls_on",
    "ada",
    "alto",
    "bass",
    "bob",
    "ear",
    "ears",
    "flow",
    "join",
    "listen",
]
