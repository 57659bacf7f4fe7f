"""What deaths and disorder are made of: the seed decides, and one read model stands for all."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.audit import findings
from config.audit.catalogue import INVARIANTS
from config.audit.read_rows import READ_ROWS
from outbox.registry import groups, subscribers, subscribers_of
from readmodels.projection import GROUP, projections


@pytest.fixture(autouse=True)
def _one_read_model() -> Iterator[None]:
    """Keep one read model: each is kept by itself and all alike, and each doubles the work."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(projections) - {"order_summary"}:
            patch.delitem(projections, name)
            patch.delitem(subscribers, name)
            patch.delitem(groups[GROUP].members, name)
        of_summaries = replace(READ_ROWS, checks=READ_ROWS.checks[:1])
        kept = [of_summaries if each is READ_ROWS else each for each in INVARIANTS]
        patch.setattr(findings, "INVARIANTS", kept)
        subscribers_of.cache_clear()
        yield
    subscribers_of.cache_clear()
