"""Admin pages of proposed refunds, and the acts that approve and refuse one."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action

from orders import services
from orders.models import IllegalMove, ProposedAct, RefundProposal
from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, Done, reason_form, row_of
from outbox.kit.admin.links import address_of, page
from outbox.kit.admin.pages import ReadOnlyAdmin, badge
from outbox.kit.money import money

REFUSALS = (services.ReturnRefused, services.RefundNeedsAnother, IllegalMove)


APPROVED = {
    ProposedAct.REFUND: "{} goes back at once; the customer keeps the goods.",
    ProposedAct.RETURN: "{} goes back at once, and the goods are returned.",
    ProposedAct.INTERVENTION: "The saga continues as proposed: {} goes back or is settled.",
    ProposedAct.HAND_REFUND: "{} is entered as given back by hand; the gateway pays only the rest.",
    ProposedAct.CANCELLATION: "The order is cancelled: {} goes back, and its goods are released.",
}


class DecidesRefunds:
    """Adds "Approve" and "Refuse" to the page of a proposal."""

    actions_detail: ClassVar[Sequence[str]] = ("approve", "refuse")

    # A method, since unfold looks a permission's name up in the database when it is checked.
    def has_decide_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.approve_refund")

    @action(description="Approve…", permissions=["decide"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide("Approve", services.approve_refund, request, object_id)

    @action(description="Refuse…", permissions=["decide"])  # type: ignore[untyped-decorator]  # likewise
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide("Refuse", services.refuse_refund, request, object_id)

    def _decide(
        self: Any,
        verb: str,
        service: Callable[..., Any],
        request: HttpRequest,
        object_id: str,
    ) -> HttpResponse:
        """Show the proposal and ask for a reason; decide when the form is sent."""
        proposal = row_of(request, self, object_id)
        form = reason_form(request)

        def decide() -> Done:
            service(proposal_id=proposal.id, by=request.user, **form.answers)
            return Done(f"{verb}: {proposal}.", address_of(proposal))

        return ConfirmedAct(
            form=form,
            describe=lambda: _decision(verb, proposal),
            carry_out=decide,
            refusals=dict.fromkeys(REFUSALS, "reason"),
        ).answer(request, self)


@admin.register(RefundProposal)
class RefundProposalAdmin(DecidesRefunds, ReadOnlyAdmin):
    search_ids = ("id", "order_id")
    search_help_text = "A proposal or order id"
    list_select_related = ("order",)
    list_filter = (("decided_at", admin.EmptyFieldListFilter),)
    list_display = ("of_order", "act", "total", "state", "proposed_by", "proposed_at", "decided_by")
    list_display_links = ("total",)
    fields = (
        ("act", "total", "state"),
        ("proposed_by", "proposed_at"),
        ("decided_by", "decided_at"),
        "reason",
        "of_order",
    )

    @admin.display(description="order")
    def of_order(self, proposal: RefundProposal) -> SafeString:
        return page("orders_order", proposal.order_id, proposal.order)

    @admin.display(description="amount")
    def total(self, proposal: RefundProposal) -> str:
        return money(proposal.amount, proposal.order.currency)

    @badge("decision", {"open": "info", "approved": "success", "refused": "warning"})
    def state(self, proposal: RefundProposal) -> str:
        if proposal.decided_at is None:
            return "open"
        return "approved" if proposal.approved else "refused"


def _decision(verb: str, proposal: RefundProposal) -> Confirmation:
    amount = money(proposal.amount, proposal.order.currency)
    effect = {
        "Approve": APPROVED[ProposedAct(proposal.act)].format(amount),
        "Refuse": "Nothing goes back; it can be proposed again.",
    }
    return Confirmation(
        title=f"{verb}: {proposal}",
        consequences=[
            effect[verb],
            f"Proposed by {proposal.proposed_by}: {proposal.reason}",
        ],
        button=verb,
        dangerous=verb == "Approve",
    )
