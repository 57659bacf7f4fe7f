"""Record disputes, which gateways report in any order and more than once."""

from datetime import datetime

from django.db import transaction

from outbox.kit.money import money
from payments.gateways.results import Disputed, Stage
from payments.ledger import Ledger
from payments.models import ENDED, Dispute
from payments.services.attention import flag

_RANK = {Stage.NEEDS_ANSWER: 0, Stage.UNDER_REVIEW: 1, Stage.WON: 2, Stage.LOST: 2}


@transaction.atomic(savepoint=False)
def note_dispute(ledger: Ledger, said: Disputed, *, at: datetime) -> bool:
    """Record the state of a dispute of a locked payment; flag the payment when it begins or ends.

    :param at: when the gateway reported it, by its clock.
    :returns: whether the state was new.
    """
    known = ledger.payment.disputes.filter(reference=said.reference).first()
    if known is not None and not _is_newer(said, at, known):
        return False
    is_news = known is None or (said.stage in ENDED and known.stage != said.stage)
    row = known or Dispute(payment=ledger.payment, reference=said.reference)
    row.take_over(said)
    row.reported_at = at
    row.save()
    if is_news:
        _call_a_human(ledger, said)
    return True


def _is_newer(said: Disputed, at: datetime, known: Dispute) -> bool:
    """Tell whether a report is newer than the row: by its stage, then by the gateway's clock.

    That clock has seconds, so two reports of one second count in the order of their arrival.
    """
    ranks = _RANK[said.stage], _RANK[Stage(known.stage)]
    if ranks[0] != ranks[1]:
        return ranks[0] > ranks[1]
    same = (known.amount, known.stage, known.answer_by) == (said.amount, said.stage, said.answer_by)
    return at >= known.reported_at and not same


def _call_a_human(ledger: Ledger, said: Disputed) -> None:
    disputed = f"{money(said.amount, said.currency)} disputed"
    what = f"{disputed} ({said.reason or 'no reason given'}, {said.reference})"
    if said.stage in ENDED:
        subject, text = f"A dispute is {said.stage}", f"{what}: {said.stage}"
    else:
        until = f" by {said.answer_by:%Y-%m-%d}" if said.answer_by else ""
        subject = "A payment is disputed"
        text = f"{what}: answer at the gateway{until}; its money is withheld"
    flag(ledger, text, subject=subject)
