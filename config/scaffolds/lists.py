"""Enter a new app in the files that can look up nothing by themselves: contracts, and the image."""

import re
from pathlib import Path
from typing import Final

LIKE: Final = "payments"
"""The app beside which a new one is entered, wherever that stands."""

CONTRACTS: Final = "pyproject.toml"
IMAGE: Final = "docs/deploy/container/Containerfile"

_ELEMENT = re.compile(rf'"{LIKE}((?:\.\*\*? -> \*\.\w+|\.\*)?)"')
_SAGAS = re.compile(r'"orders\.sagas\.definitions\.\*((?: -> [\w.*]+)?)"')


def enter(tree: Path, name: str) -> list[str]:
    """Enter an app in a tree's lists; return the files that were changed."""
    changed = []
    for file, entered in ((CONTRACTS, _in_contracts), (IMAGE, _in_image)):
        path = tree / file
        if path.exists():
            path.write_text(entered(path.read_text(), name))
            changed.append(file)
    return changed


def _in_contracts(text: str, name: str) -> str:
    text = _beside(text, _ELEMENT, name)
    return _beside(text, _SAGAS, f"{name}.sagas")


def _beside(text: str, element: re.Pattern[str], name: str) -> str:
    lines = [_with(line, element, name) for line in text.split("\n")]
    return "\n".join(lines)


def _with(line: str, element: re.Pattern[str], name: str) -> str:
    found = element.search(line)
    if not found:
        return line
    added = f'"{name}{found[1]}"'
    if line.strip() == f"{found[0]},":
        return f"{line}\n{line[: found.start()]}{added},"
    return line[: found.end()] + f", {added}" + line[found.end() :]


def _in_image(text: str, name: str) -> str:
    text = text.replace(f"COPY {LIKE} ./{LIKE}\n", f"COPY {LIKE} ./{LIKE}\nCOPY {name} ./{name}\n")
    return re.sub(r"(compileall -q [\w ]+)", rf"\1 {name}", text)
