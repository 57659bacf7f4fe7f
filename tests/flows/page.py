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

Three ways to coordinate the same services. `ORDER_FLOW` sets the default; an order keeps the flow
it was placed with. `manage.py flows` prints the pictures from the saga definitions and from what
handlers declare. A test counts the numbers while orders run, and compares both with this page.

- `charge_first`: simple, and the customer knows at once whether the card is good. If the goods are
  gone, the customer was charged and is refunded.
- `reserve_first`: nothing is charged for goods that are not there, and nothing before they leave:
  each shipment captures what it is worth, the last one lets the rest go. Goods wait up to half an
  hour for a card, and as long as a customer may take to confirm the payment with the bank; each
  shipment takes a call to the gateway. It ends soonest when goods are
  missing.
- `choreographed`: a confirmed order takes the fewest messages, but no row says where it is. To see
  what comes next, read three files instead of one saga. There are no deadlines, only a sweep that
  flags orders after half an hour. A single order makes more commits, since two subscribers receive
  `OrderPlaced`, each with a claim and a turn of its own.

`manage.py flows --order ORDER` draws one order's flow, coloured by what is done, in progress,
compensated and left; `--svg FOLDER` writes files. The admin's timeline page shows the same."""

COUNTS = """\
## What an order costs

One order alone, two units of one SKU, a gateway that answers at once. *Messages* are rows,
*handlings* count each message once per subscriber, and *commits* are transactions that changed
something, the placing included. Fan-out (read models, mail, webhooks) is the same in every flow and
not counted. *A commit per hop* is `OUTBOX_FOLLOW_UP=0` ([ADR 2](adr/0002-follow-up.md)). Under load
orders share commits: [performance](performance.md)."""

FILES = """\
## What has to be read

The files that handle the messages of confirmed, declined and out-of-stock orders, and the saga that
coordinates them. What the handlers call is the same in all flows."""


def page(costs: Mapping[tuple[str, str], Cost], files: Mapping[str, list[str]]) -> str:
    """Return the whole text."""
    lines = [HEADER, *_pictures(), "", COUNTS, "", *_costs(costs), "", FILES, "", *_files(files)]
    return "\n".join(lines) + "\n"


def _pictures() -> Iterator[str]:
    for picture in all_pictures():
        yield from ("", f"## `{picture.name}`", "", picture.title, "")
        yield from ("```mermaid", *as_mermaid(picture), "```")


def _costs(costs: Mapping[tuple[str, str], Cost]) -> Iterator[str]:
    yield "| an order that is | flow | messages | handlings | commits | a commit per hop |"
    yield "|---|---|---|---|---|---|"
    for (way, flow), cost in costs.items():
        counts = f"{cost.messages} | {cost.handlings} | {cost.commits} | {cost.unfollowed}"
        yield f"| {way} | `{flow}` | {counts} |"


def _files(files: Mapping[str, list[str]]) -> Iterator[str]:
    yield "| flow | files | which |"
    yield "|---|---|---|"
    for flow, paths in files.items():
        yield f"| `{flow}` | {len(paths)} | {', '.join(f'`{path}`' for path in paths)} |"
