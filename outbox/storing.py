"""Texts that PostgreSQL can store, made of any text that came from outside."""

_UNSTORABLE = {0: "\ufffd"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def storable(text: str, most: int | None = None) -> str:
    """Replace what no text column takes (NUL, lone surrogates), and cut what is too long."""
    return text.translate(_UNSTORABLE)[:most]
