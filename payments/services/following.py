"""Update the ledger with what a gateway reports unasked, in a webhook or in its book.

Reports come late, twice and in any order, so each is judged by the state of the ledger: an open
operation takes it as its answer; a refund that succeeded may still fail, and stays failed; an
operation recorded as declined may have been done after all; and what we never requested, done in
the gateway's own dashboard or requested by a database that was lost, is entered.
"""

from django.db import transaction
from django.utils import timezone

from payments.gateways.results import Declined, Processing, Succeeded
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
    """Update a locked ledger with a report of its gateway.

    :returns: whether the report could be matched or entered.
    """
    operation, result = line_of(ledger, news), news.result
    if isinstance(result, Processing) and (operation is None or not operation.is_open):
        return operation is not None
    if operation is None:
        return enter_unasked(ledger, news)
    if operation.outcome in OPEN or operation.was_overtaken:
        conclude([(call_of(ledger, operation), result)])
    elif _was_done_after_all(operation, news):
        enter_after_all(ledger, operation, news)
    elif _may_fail(operation) and isinstance(result, Declined):
        _fail(ledger, operation, result)
    elif _agrees(ledger, operation, news):
        own_up(ledger, operation, news)
    else:
        flag(ledger, f"{operation} stands, but the gateway says {news}")
    return True


def line_of(ledger: Ledger, news: News) -> PaymentOperation | None:
    """Find the operation: by the gateway's name, by our key, or as the only one of its kind."""
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
    """Tell whether a key made two refunds, because the gateway had forgotten it in between."""
    return (
        operation.kind == OperationKind.REFUND
        and operation.outcome == Outcome.SUCCEEDED
        and not _is_named_so(operation, news)
    )


def _is_named_so(operation: PaymentOperation, news: News) -> bool:
    return not operation.gateway_reference or news.reference in {"", operation.gateway_reference}


def _was_done_after_all(operation: PaymentOperation, news: News) -> bool:
    """Tell whether a declined operation was done; a refund that failed later stays failed."""
    has_failed_later = (
        operation.kind == OperationKind.REFUND
        and bool(operation.gateway_reference)
        and operation.gateway_reference == news.reference
    )
    return (
        operation.outcome == Outcome.DECLINED
        and isinstance(news.result, Succeeded)
        and not has_failed_later
    )


def _may_fail(operation: PaymentOperation) -> bool:
    """Tell whether it may fail after its success: refunds do, and nothing else."""
    is_refund = operation.kind == OperationKind.REFUND and not operation.outside
    return is_refund and operation.outcome == Outcome.SUCCEEDED


def _agrees(ledger: Ledger, operation: PaymentOperation, news: News) -> bool:
    if operation.outcome == Outcome.DECLINED:
        return True
    if not isinstance(news.result, Succeeded):
        return False
    same_money = news.result.currency in {"", ledger.payment.currency}
    same_money &= news.result.amount in {None, operation.amount}
    return same_money and _is_named_so(operation, news)


def _fail(ledger: Ledger, operation: PaymentOperation, declined: Declined) -> None:
    """Record that a refund that had succeeded has failed."""
    operation.outcome, operation.decline_code = Outcome.DECLINED, declined.code
    operation.gateway_reference = operation.gateway_reference or declined.reference
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
