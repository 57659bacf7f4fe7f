"""Hand a batch to the members of a group, and name the one that fails."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from outbox.delivery import apart
from outbox.delivery.work import is_subscribed
from outbox.handling import turn
from outbox.messages import Envelope
from outbox.registry import Subscriber, SubscriberGroup


class NotTogether(Exception):
    """The joint write of a group's members failed: each has to write on its own."""


class MemberFailed(Exception):
    """A member of a group failed at a batch; the others continue without it."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


def hand_out_together(group: SubscriberGroup, envelopes: Sequence[Envelope[Any]]) -> None:
    """Do what :func:`hand_out` does, with the writes of all members in one statement.

    :raises MemberFailed: likewise.
    :raises NotTogether: the statement failed, and not because of a known member; the transaction
        has to be rolled back.
    """
    with turn() as kept:
        hand_out(group, envelopes)
        try:
            kept.save()
        except Exception as error:
            raise NotTogether(group.name) from error


def hand_out(
    group: SubscriberGroup, envelopes: Sequence[Envelope[Any]], *, without: Collection[str] = ()
) -> None:
    """Let each member take in what it is owed of these messages.

    A member that has a lane of its own in a conversation is owed nothing here. So is, from now on,
    one of ``without``, and one that is not subscribed to a message in this code.

    :raises MemberFailed: a member raised; the transaction has to be rolled back.
    """
    already = apart.apart(list(group.members), {each.conversation for each in envelopes})
    for member in group.members.values():
        owed = _owed_to(member, envelopes, already)
        refused = _refused_by(member, owed, whole=member.name in without)
        if refused:
            apart.set_aside(member.name, list(refused.items()))
            owed = [each for each in owed if not _is_refused(each, refused)]
        if owed:
            try:
                member.receive(owed)
            except Exception as error:
                raise MemberFailed(member.name) from error


def _is_refused(envelope: Envelope[Any], refused: Mapping[UUID, int]) -> bool:
    first = refused.get(envelope.conversation)
    return first is not None and envelope.sequence >= first


def _owed_to(
    member: Subscriber,
    envelopes: Sequence[Envelope[Any]],
    already: Collection[tuple[str, UUID]],
) -> list[Envelope[Any]]:
    return [
        each
        for each in envelopes
        if member.name in each.subscribers and (member.name, each.conversation) not in already
    ]


def _refused_by(
    member: Subscriber, owed: Sequence[Envelope[Any]], *, whole: bool
) -> dict[UUID, int]:
    """Return the first message of each conversation that a member is not handed."""
    first: dict[UUID, int] = {}
    for each in sorted(owed, key=lambda envelope: envelope.sequence):
        if whole or not is_subscribed(member, each.message, each.flow):
            first.setdefault(each.conversation, each.sequence)
    return first
