"""The apps of this tree, contexts of one's own among them, as the import contracts list them."""

import tomllib

from config.environment.paths import ROOT

LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
APPS: tuple[str, ...] = tuple(LINTER["root_packages"])
