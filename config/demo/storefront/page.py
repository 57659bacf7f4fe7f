"""The storefront's page. All that it does, it does through the API, with the token of a customer.

Every visitor gets that token: it is for the sandbox's test cards, on this machine.
"""

from functools import cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.demo.replay.own_shop import BUYERS, give_access
from orders.models import Customer
from orders.services import add_customer

EMAIL: Final = "ada@shop.example"

CARDS: Final = (
    ("pm_card_visa", "A good card"),
    ("pm_card_chargeDeclinedInsufficientFunds", "A card without funds"),
    ("pm_card_chargeDeclinedExpiredCard", "A card that has expired"),
    ("pm_card_threeDSecure2Required", "A card whose bank asks (3-D Secure)"),
    ("pm_sandbox_slow", "A card of a slow bank"),
)
"""The sandbox's test cards, and what the page calls them."""


@require_safe
@never_cache
def storefront(request: HttpRequest) -> HttpResponse:
    """Show the shop to the demo's customer."""
    shown = {"token": _token(), "cards": CARDS, "mails": getattr(settings, "MAILS_PAGE", "")}
    return render(request, "storefront/shop.html", shown)


@cache
def _token() -> str:
    """Return a token of the demo's customer, once for each process."""
    buyer = BUYERS[0]
    if not Customer.objects.filter(reference=buyer.reference).exists():
        add_customer(
            name=buyer.name,
            email=EMAIL,
            country=buyer.country,
            reference=buyer.reference,
            reason="the demo's customer",
            actor="demo",
        )
    _, token = give_access()
    return token
