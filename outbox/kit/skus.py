"""Validate SKUs, wherever new goods are named."""

import re
from typing import Final

LONGEST_SKU: Final = 40

_NO_SKU: Final = {
    "it is empty": re.compile(r"\A\Z"),
    f"it has more than {LONGEST_SKU} characters": re.compile(rf".{{{LONGEST_SKU + 1}}}", re.DOTALL),
    "it begins or ends with a space": re.compile(r"\A\s|\s\Z"),
    "a part of it between slashes is empty, . or ..": re.compile(r"(\A|/)\.{0,2}(/|\Z)"),
}
"""Anything else that is printable may be a SKU. The last could not be addressed by a URL."""


class NoSku(ValueError):
    """This cannot be a SKU; the message says why."""


def require_sku(sku: str) -> str:
    """Return a SKU if it can be printed, found again and addressed by a URL.

    :raises NoSku: it cannot.
    """
    for fault, pattern in _NO_SKU.items():
        if pattern.search(sku):
            raise NoSku(f"{sku[:LONGEST_SKU]!r} is no SKU: {fault}")
    if not sku.isprintable():
        raise NoSku(f"{sku!r} is no SKU: it has characters that cannot be seen")
    return sku
