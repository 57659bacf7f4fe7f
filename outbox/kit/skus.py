"""What a SKU can be, at every door through which goods get a name."""

import re
from typing import Final

LONGEST_SKU: Final = 40

_NO_SKU: Final = {
    "it is empty": re.compile(r"\A\Z"),
    f"it has more than {LONGEST_SKU} characters": re.compile(rf".{{{LONGEST_SKU + 1}}}", re.DOTALL),
    "it begins or ends with a space": re.compile(r"\A\s|\s\Z"),
    "a part of it between slashes is empty, . or ..": re.compile(r"(\A|/)\.{0,2}(/|\Z)"),
}
"""Whatever else people print on a label is one. The last is lost in the path of an address."""


class NoSku(ValueError):
    """This cannot be a SKU; the message says why."""


def require_sku(sku: str) -> str:
    """Return a SKU that can be printed, found again, and reached by its address.

    :raises NoSku: it is none.
    """
    for fault, pattern in _NO_SKU.items():
        if pattern.search(sku):
            raise NoSku(f"{sku[:LONGEST_SKU]!r} is no SKU: {fault}")
    if not sku.isprintable():
        raise NoSku(f"{sku!r} is no SKU: it has characters that cannot be seen")
    return sku
