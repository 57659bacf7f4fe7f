"""``bin/mutate MODULE`` counts the small changes of a core module that its tests notice.

mutmut makes the changes in a copy of the tree, one at a time, and runs the tests of the module that
reach the changed function. Status 0: enough of them were noticed; 1: too many survived; 2: bad
input.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from config.environment.paths import ROOT, STATE
from tests.mutation.modules import MODULES

TOOL = "mutmut==3.8.1"
NEEDS = ("libcst==1.9.0", "setproctitle==1.3.8")
ENOUGH = 0.95
APPS = ("config", "inventory", "orders", "outbox", "payments", "readmodels")
SETTINGS = """
[mutmut]
source_paths =
{apps}
only_mutate =
    {module}
also_copy =
    manage.py
    testkit
    requirements.txt
    requirements-dev.txt
    README.md
    docs
    bin
pytest_add_cli_args =
    --reuse-db
    -p
    no:randomly
    -p
    no:cacheprovider
pytest_add_cli_args_test_selection =
{tests}
use_git_change_detection = false
"""
OUTCOME = re.compile(r"^\s*(?P<mutant>[\w.ǁ]+): (?P<outcome>[a-z ]+)$", re.MULTILINE)
NOTICED = ("killed", "timeout", "caught by type check", "segfault")


def main(words: Sequence[str]) -> int:
    """Mutate one module; return the status."""
    module = _options().parse_args(words).module
    tree = _copied(module)
    subprocess.run(
        [sys.executable, "-m", "mutmut", "run", "--max-children", "1"],
        cwd=tree,
        env=_environment(),
        check=False,
    )
    outcomes = dict(OUTCOME.findall(_mutmut(tree, "results", "--all", "true")))
    survivors = [each for each, outcome in outcomes.items() if outcome not in NOTICED]
    for each in survivors:
        sys.stdout.write(f"\n{each}: {outcomes[each]}\n{_mutmut(tree, 'show', each)}")
    return _report(module, Counter(outcomes.values()))


def _report(module: str, counts: Counter[str]) -> int:
    total, noticed = counts.total(), sum(counts[each] for each in NOTICED)
    if not total:
        sys.stderr.write(f"bin/mutate: mutmut changed nothing in {module}\n")
        return 2
    said = ", ".join(f"{n} {outcome}" for outcome, n in counts.most_common())
    sys.stdout.write(f"\n{module}: {noticed} of {total} changes noticed ({said})\n")
    return 0 if noticed >= ENOUGH * total else 1


def _copied(module: str) -> Path:
    """Copy the tree, with mutmut's settings for this module; return the copy."""
    tree = STATE / "mutate" / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "mutants"))
    (tree / "setup.cfg").write_text(
        SETTINGS.format(module=module, apps=_indented(APPS), tests=_indented(MODULES[module]))
    )
    return tree


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def _mutmut(tree: Path, *words: str) -> str:
    command = [sys.executable, "-m", "mutmut", *words]
    done = subprocess.run(
        command, cwd=tree, env=_environment(), capture_output=True, text=True, check=False
    )
    return done.stdout


def _environment() -> dict[str, str]:
    """Return the environment with the tool, which is installed beside the project's packages."""
    folder = STATE / "mutate" / TOOL
    if not folder.exists():
        packages = [TOOL, *NEEDS]
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
        subprocess.run([*pip, folder, *packages], check=True)
    variables = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return {**variables, "PYTHONPATH": str(folder)}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/mutate", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "module", choices=sorted(MODULES), metavar="MODULE", help=", ".join(MODULES)
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
