"""What docs/flows.md has to be: the pictures from the code, and counts as they were measured.

``bin/python -m tests.flows`` writes it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from config.flows.catalogue import all_pictures
from config.flows.mermaid import as_mermaid
from tests.flows.measuring import Cost

PAGE: Path = settings.BASE_DIR / "docs" / "flows.md"
WRITE = "bin/python -m tests.flows"
"""The command that a test names when the page is behind the code."""

HEADER = """\
# Flows

Three ways to coordinate the same services. `ORDER_FLOW` chooses the one of orders that name none;
an order keeps the flow that it was placed with. The pictures are printed by `manage.py flows` from
the definitions of the sagas and from what handlers declare, the numbers are counted by a test while
orders go their ways; it compares both with this page.

- `charge_first`: simple, and the customer knows at once whether the card is good. Who finds the
  goods gone was charged and is refunded.
- `reserve_first`: nothing is charged for goods that are not there, and nothing before the order
  stands. Goods wait up to half an hour for a card, and it takes two calls to the gateway. Where
  goods are missing it ends soonest.
- `choreographed`: a confirmed order takes the fewest messages, and no row says where it is. What
  comes next is read in three files where a saga needs one; nobody sees to deadlines but a sweep
  that flags orders after half an hour. An order alone makes no fewer commits, since stock, which
  orders share, is taken at the end of a turn and not followed.

`manage.py flows --order ORDER` draws what coordinates an order, coloured by what is done, under
way, undone and left; `--svg FOLDER` writes files. The admin's page of a timeline shows the same."""

COUNTS = """\
## What an order costs

One order alone, two units of one SKU, a gateway that answers at once. Messages are rows, deliveries
count each of them once for everybody who hears it, and commits are transactions that changed
something, the placing included. Fan-out (read models, mail, webhooks) is the same in every flow and
not counted. *A commit per hop* is `OUTBOX_FOLLOW_UP=0` ([ADR 2](adr/0002-follow-up.md)). Under load
orders share commits: [performance](performance.md)."""

FILES = """\
## What has to be read

The files in which the messages of orders that are confirmed, declined and out of stock were
handled, and the saga that led them; what the handlers call is the same in all flows."""


def page(costs: Mapping[tuple[str, str], Cost], files: Mapping[str, list[str]]) -> str:
    """Return the whole text."""
    lines = [HEADER, *_pictures(), "", COUNTS, "", *_costs(costs), "", FILES, "", *_files(files)]
    return "\n".join(lines) + "\n"


def _pictures() -> Iterator[str]:
    for picture in all_pictures():
        yield from ("", f"## `{picture.name}`", "", picture.title, "")
        yield from ("```mermaid", *as_mermaid(picture), "```")


def _costs(costs: Mapping[tuple[str, str], Cost]) -> Iterator[str]:
    yield "| an order that is | flow | messages | deliveries | commits | a commit per hop |"
    yield "|---|---|---|---|---|---|"
    for (way, flow), cost in costs.items():
        counts = f"{cost.messages} | {cost.deliveries} | {cost.commits} | {cost.unfollowed}"
        yield f"| {way} | `{flow}` | {counts} |"


def _files(files: Mapping[str, list[str]]) -> Iterator[str]:
    yield "| flow | files | which |"
    yield "|---|---|---|"
    for flow, paths in files.items():
        yield f"| `{flow}` | {len(paths)} | {', '.join(f'`{path}`' for path in paths)} |"
