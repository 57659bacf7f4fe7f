"""Order numbers: short, at random, and safe to read aloud.

Eight characters of Crockford's base 32 and a check character (Luhn modulo 32), such as
``7KQ-4M2-8XR``. The alphabet lacks I, L, O and U, so that each is read as 1 or 0; the check finds
every single wrong character and almost every swap of two neighbours. The numbers say nothing about
how many orders there are.
"""

import re
import secrets
from typing import Final

from stdnum import luhn

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 11
"""Characters of a number, its two hyphens included."""

BITS: Final = 40

_RANDOM: Final = BITS // 5
_MISREAD: Final = str.maketrans("OIL", "011")
_BETWEEN: Final = re.compile(r"[\s.\u2010-\u2015_-]+")


def new_number() -> str:
    """Return a new number; another order may have it, if rarely."""
    return number_of(secrets.randbits(BITS))


def number_of(bits: int) -> str:
    """Return the number of an integer below ``2**BITS``."""
    digits = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(_RANDOM))
    return _grouped(digits + luhn.calc_check_digit(digits, ALPHABET))


def number_in(text: str) -> str | None:
    """Return a typed number as it is stored, whatever its case, spaces and hyphens.

    O is read as 0, I and L as 1. Returns ``None`` for what cannot be a number.
    """
    digits = _BETWEEN.sub("", text).upper().translate(_MISREAD)
    if len(digits) != _RANDOM + 1 or not luhn.is_valid(digits, ALPHABET):
        return None
    return _grouped(digits)


def _grouped(digits: str) -> str:
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
