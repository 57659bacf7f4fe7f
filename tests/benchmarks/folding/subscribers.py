"""The projections of as many read models as ``FOLDED_BY`` says."""

import os

from readmodels.projection import Projection
from tests.benchmarks.folding.events import Tallied
from tests.benchmarks.folding.models import TALLIES, Tally


def add(row: Tally, event: Tallied) -> None:
    row.total += event.number
    row.note = "added"


for _number, _model in enumerate(TALLIES[: int(os.environ.get("FOLDED_BY", "1"))], start=1):
    Projection(f"tally_{_number}", _model).on(Tallied)(add)
