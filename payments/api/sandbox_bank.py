"""The page on which the sandbox's bank asks the customer; only the sandbox gateway has it."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from outbox.kit.money import money
from payments.sandbox_bank import GATEWAY, answer_bank, asked


@require_http_methods(["GET", "POST"])
def sandbox_bank_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to pay; then report the answer to the shop, and send the customer back there.

    ``return_to`` is the page of this site to send the customer to.

    :raises Http404: payments are not made at the sandbox, or nothing waits under this token.
    """
    if settings.PAYMENT_GATEWAY != GATEWAY:
        raise Http404
    entry = next(iter(asked(token=token)), None)
    if entry is None:
        raise Http404("Nothing is to be confirmed here.")
    if request.method == "GET":
        amount = money(entry.amount, entry.currency)
        return render(request, "payments/sandbox_bank.html", {"entry": entry, "amount": amount})
    confirmed = request.POST.get("answer") == "confirm"
    answer_bank(token, confirmed=confirmed)
    back = request.GET.get("return_to", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return redirect(back)
    return render(request, "payments/sandbox_bank.html", {"confirmed": confirmed})
