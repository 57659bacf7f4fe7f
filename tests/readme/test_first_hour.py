"""Each command of docs/first-hour.md is one that the suite runs."""

import re

from tests.copies import ROOT
from tests.scaffolds.test_scaffolds import KINDS

PAGE = (ROOT / "docs" / "first-hour.md").read_text()

RUN_BY_THE_SCAFFOLDS = {
    *(f"bin/python manage.py start{kind} {name}" for kind, (name, _) in KINDS.items()),
    *(f"bin/test {test}" for _, test in KINDS.values()),
    "bin/python manage.py makemigrations readmodels",
    "bin/python -m tests.contracts",
}
RUN_BY_OTHERS = {
    "bin/demo": "tests/stack",
    "bin/test": "the suite itself",
    ". .local/demo.env": "tests/stack/test_demo.py",
    "bin/python manage.py audit": "tests/audit",
    "bin/python manage.py sagas simulate --plan KETTLE=1 --reply reserve=decline": (
        "tests/simulation"
    ),
    "docker compose -f compose.yaml up --build": "tests/deploy, as far as there is no docker",
    "cp shop.env.example shop.env": "tests/deploy",
}
OF_A_SHELL = ("cd ", "git clone ")


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_is_run_by_a_test() -> None:
    known = RUN_BY_THE_SCAFFOLDS | RUN_BY_OTHERS.keys()
    assert [
        each for each in commands() if not each.startswith(OF_A_SHELL) and each not in known
    ] == []


def test_the_page_is_an_hour() -> None:
    words = {"five": 5, "ten": 10, "fifteen": 15}
    told = re.findall(r"^## .*: (\w+) minutes$", PAGE, re.MULTILINE)
    assert sum(words[word] for word in told) == 60
