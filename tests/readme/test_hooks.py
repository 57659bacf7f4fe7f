"""The hooks of pre-commit run the checks that bin/test runs before the suite."""

import re
import shlex
from typing import Any

import yaml

from config.environment.paths import ROOT

BIN_TEST = (ROOT / "bin" / "test").read_text().replace("\\\n", " ")
HOOKS: list[dict[str, Any]] = [
    hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repo["hooks"]
]
ABOUT_FILES = {"--force-exclude", "."}
"""A hook is given the changed files, where bin/test names the folder."""


def words(command: str) -> list[str]:
    """Return a command without the lock file that it names, and without the files it is given."""
    kept = [each for each in shlex.split(command) if not each.startswith("LOCK=")]
    kept = kept[1:] if kept[0] == "env" and "=" not in kept[1] else kept
    return [each for each in kept if each not in ABOUT_FILES]


def test_the_hooks_are_the_checks_of_bin_test() -> None:
    checks = dict(re.findall(r'^    check "(\w+)" (.*)$', BIN_TEST, re.MULTILINE))
    hooks = {hook["name"]: hook["entry"] for hook in HOOKS}
    assert {name: words(entry) for name, entry in hooks.items()} == {
        name: words(command) for name, command in checks.items()
    }


def test_the_hooks_need_nothing_but_the_projects_own_python() -> None:
    assert {hook["language"] for hook in HOOKS} == {"system"}
    assert all("bin/python" in hook["entry"] for hook in HOOKS)
