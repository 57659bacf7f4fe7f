"""The table of operators' verbs, from which the admin, the command and the docs are made.

A new verb is one more entry, and what it decides a function in ``interventions``.
"""

from collections.abc import Iterator

from orders.sagas.operators import interventions
from orders.sagas.operators.acting import VERBS, Verb
from orders.sagas.operators.outlook import refunds, settles_by_hand
from payments.commands import RecordCharge, RecordRefund, RecordRefundPart, WaivePayment

__all__ = ["VERBS", "compensate", "resolve", "resume", "retry", "skip", "suspend", "table"]

retry = Verb(
    name="retry",
    permission="sagas.retry_saga",
    effect="Sends unanswered commands again now, with all their attempts.",
    decide=lambda state, _hand, _step: interventions.retry(state),
)

compensate = Verb(
    name="compensate",
    permission="sagas.compensate_saga",
    effect="Compensates from where the saga is; refused once the pivot is dispatched.",
    decide=lambda state, _hand, _step: interventions.compensate(state),
    moves_money=refunds,
)

skip = Verb(
    name="skip",
    permission="sagas.skip_step",
    effect="Continues without a waiting step and waives what it costs; compensated if the saga is.",
    decide=lambda state, hand, step: interventions.skip(state, step, hand),
    asks="step",
    moves_money=settles_by_hand,
    publishes=[WaivePayment],
)

suspend = Verb(
    name="suspend",
    permission="sagas.suspend_saga",
    effect="Dispatches nothing more; replies are recorded, deadlines stand still.",
    decide=lambda state, _hand, _step: interventions.suspend(state),
)

resume = Verb(
    name="resume",
    permission="sagas.suspend_saga",
    effect="Continues with what was received meanwhile; deadlines move by the time passed.",
    decide=lambda state, _hand, _step: interventions.resume(state),
)

resolve = Verb(
    name="resolve",
    permission="sagas.resolve_saga",
    effect="Records that unanswered steps were done, or compensated, by hand, and continues.",
    decide=lambda state, hand, _step: interventions.resolve(state, hand),
    asks="reference",
    moves_money=settles_by_hand,
    publishes=[RecordCharge, RecordRefund, RecordRefundPart],
)


def table() -> str:
    """Return the verbs as Markdown."""
    return "\n".join(_rows())


def _rows() -> Iterator[str]:
    yield "| verb | what it does | permission |"
    yield "|---|---|---|"
    for verb in VERBS.values():
        asks = f" --{verb.asks}" if verb.asks else ""
        yield f"| `{verb.name}{asks}` | {verb.effect} | `{verb.permission}` |"
