"""What operators do is recorded in append-only rows."""

import pytest
from django.db import IntegrityError, connection, transaction

from outbox.acts import ActOutsideTransaction, ReasonMissing, record_act
from outbox.models import OperatorAct


@transaction.atomic
def act(reason: str = "asked by phone") -> OperatorAct:
    return record_act(actor="ada", verb="redrive", subject="Rang to ear", reason=reason)


@pytest.mark.django_db
def test_an_act_says_who_did_what_to_which_thing_and_why() -> None:
    act()

    row = OperatorAct.objects.get()
    assert (str(row), row.reason) == ("ada: redrive Rang to ear", "asked by phone")


@pytest.mark.django_db
def test_an_act_without_a_reason_is_refused() -> None:
    with pytest.raises(ReasonMissing, match="give a reason"):
        act(reason="  ")

    assert not OperatorAct.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_is_bound_to_the_transaction_of_its_effect() -> None:
    with pytest.raises(ActOutsideTransaction):
        record_act(actor="ada", verb="redrive", subject="Rang to ear", reason="asked by phone")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_act_can_neither_be_rewritten_nor_removed(change: str) -> None:
    act()
    rows = OperatorAct.objects.all()

    with pytest.raises(IntegrityError, match="append-only"):
        rows.update(reason="another") if change == "update" else rows.delete()

    assert OperatorAct.objects.get().reason == "asked by phone"


@pytest.mark.usefixtures("transactional_db")
def test_the_record_can_not_be_emptied_at_once() -> None:
    act()
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE outbox_operatoract")
    assert OperatorAct.objects.count() == 1
