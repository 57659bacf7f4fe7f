"""Amounts are shown and read with the decimals that ISO 4217 gives their currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.kit.money import DECIMALS, UnknownCurrency, minor_units, money, plain, rounded

NONE = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
THREE = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
FOUR = ["CLF", "UYW"]

currencies = st.sampled_from(sorted(DECIMALS))


def test_every_currency_has_the_decimals_of_the_standard() -> None:
    decimals = {0: NONE, 3: THREE, 4: FOUR}
    odd = {code: count for count, codes in decimals.items() for code in codes}
    assert {code: count for code, count in DECIMALS.items() if count != 2} == odd
    assert {"GBP", "EUR", "USD", "CHF", "INR"} <= DECIMALS.keys()


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (1234, "GBP", "12.34 GBP"),
        (5, "GBP", "0.05 GBP"),
        (-5, "GBP", "-0.05 GBP"),
        (0, "EUR", "0.00 EUR"),
        (38862244, "GBP", "388,622.44 GBP"),
        (1234, "JPY", "1,234 JPY"),
        (1234, "CLP", "1,234 CLP"),
        (1234, "KWD", "1.234 KWD"),
        (-1234567, "JOD", "-1,234.567 JOD"),
    ],
)
def test_money_is_written_as_people_write_it(amount: int, currency: str, shown: str) -> None:
    assert money(amount, currency) == shown


@given(currency=currencies, amount=st.integers(-(10**15), 10**15))
def test_what_is_shown_is_what_is_read_in_every_currency(currency: str, amount: int) -> None:
    assert minor_units(Decimal(plain(amount, currency)), currency) == amount
    assert money(amount, currency).replace(",", "") == f"{plain(amount, currency)} {currency}"


@given(currency=currencies, amount=st.decimals(0, 10**12, places=6))
def test_an_amount_with_more_decimals_than_its_currency_is_refused(
    currency: str, amount: Decimal
) -> None:
    units = rounded(amount, currency)
    assert abs(Decimal(plain(units, currency)) - amount) <= Decimal("0.5") ** DECIMALS[currency]
    if amount != Decimal(plain(units, currency)):
        with pytest.raises(ValueError, match="is no amount of"):
            minor_units(amount, currency)


@pytest.mark.parametrize("code", ["", "gbp", "XXX", "XAU", "XTS", "GB", "EURO", "£"])
def test_nothing_is_read_in_what_is_no_currency(code: str) -> None:
    with pytest.raises(UnknownCurrency, match="no currency of ISO 4217"):
        minor_units(Decimal(1), code)


def test_an_amount_of_a_currency_that_has_left_the_list_is_shown_all_the_same() -> None:
    assert money(123456, "DEM") == "123,456 minor units of DEM"
