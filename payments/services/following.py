"""The ledger follows what a gateway says by itself, in a webhook or in its book.

News come late, twice and in any order, so each is judged by how the ledger stands: an open
operation takes it as its answer; a refund that succeeded may still fail, and stays failed; what
counts as declined may have been done after all; and what nobody here has asked for, in the
gateway's own dashboard or by a database that was lost, is entered.
"""

from django.db import transaction
from django.utils import timezone

from payments.gateways.results import Declined, Succeeded
from payments.ledger import Ledger
from payments.models import OPEN, OperationKind, Outcome, PaymentOperation
from payments.services.announcements import announce_refund_failed
from payments.services.attention import flag
from payments.services.concluding import conclude
from payments.services.entering import AT_MOST_ONE, enter_after_all, enter_unasked, own_up
from payments.services.matching import News
from payments.services.requesting import call_of


@transaction.atomic(savepoint=False)
def follow(ledger: Ledger, news: News) -> bool:
    """Let a locked ledger take in what its gateway says.

    :returns: whether it had a place for it.
    """
    operation = line_of(ledger, news)
    if operation is None:
        return enter_unasked(ledger, news)
    if operation.outcome in OPEN or operation.was_overtaken:
        conclude([(call_of(ledger, operation), news.result)])
    elif _was_done_after_all(operation, news):
        enter_after_all(ledger, operation, news)
    elif operation.outcome == Outcome.SUCCEEDED and isinstance(news.result, Declined):
        _contradict(ledger, operation, news)
    elif _agrees(ledger, operation, news):
        own_up(ledger, operation, news)
    else:
        flag(ledger, f"{operation} stands, but the gateway says {news}")
    return True


def line_of(ledger: Ledger, news: News) -> PaymentOperation | None:
    """Find the line: by our key, by the gateway's name, or as the only one of its kind."""
    of_kind = [each for each in reversed(ledger.operations) if each.kind == news.kind]
    for each in of_kind:
        if news.reference and each.gateway_reference == news.reference:
            return each
    for each in of_kind:
        if news.key and each.idempotency_key == news.key and not each.outside:
            return None if _is_another_refund(each, news) else each
    asked_for = [each for each in of_kind if not each.outside]
    return asked_for[0] if asked_for and not news.key and news.kind in AT_MOST_ONE else None


def _is_another_refund(operation: PaymentOperation, news: News) -> bool:
    """Tell whether a key was used twice: by a gateway that had forgotten it."""
    return (
        operation.kind == OperationKind.REFUND
        and operation.outcome == Outcome.SUCCEEDED
        and not _is_named_so(operation, news)
    )


def _is_named_so(operation: PaymentOperation, news: News) -> bool:
    return not operation.gateway_reference or news.reference in {"", operation.gateway_reference}


def _was_done_after_all(operation: PaymentOperation, news: News) -> bool:
    """Tell whether what counts as declined was done; a refund that failed once has failed."""
    return (
        operation.outcome == Outcome.DECLINED
        and isinstance(news.result, Succeeded)
        and not (operation.gateway_reference and operation.gateway_reference == news.reference)
    )


def _agrees(ledger: Ledger, operation: PaymentOperation, news: News) -> bool:
    if operation.outcome == Outcome.DECLINED:
        return True
    assert isinstance(news.result, Succeeded)  # noqa: S101 - the other case is _contradict's
    same_money = news.result.currency in {"", ledger.payment.currency}
    same_money &= news.result.amount in {None, operation.amount}
    return same_money and _is_named_so(operation, news)


def _contradict(ledger: Ledger, operation: PaymentOperation, news: News) -> None:
    """Take in that what succeeded has come to nothing: so do refunds, and nothing else."""
    if operation.kind != OperationKind.REFUND or operation.outside:
        flag(ledger, f"{operation} stands, but the gateway says {news}")
        return
    assert isinstance(news.result, Declined)  # noqa: S101 - see follow()
    operation.outcome, operation.decline_code = Outcome.DECLINED, news.result.code
    operation.gateway_reference = operation.gateway_reference or news.reference
    operation.failed_at = timezone.now()
    operation.save(update_fields=["outcome", "decline_code", "gateway_reference", "failed_at"])
    if not operation.excess:
        announce_refund_failed(ledger, operation)
    flag(
        ledger,
        f"refund {operation.gateway_reference} of {operation.amount} failed"
        f" ({operation.decline_code}): the money is with us, give it back in another way",
        subject="A refund has failed",
        passes=True,
        alert=True,
    )
