"""Programs are restarted when they die, and none is left when the supervisor goes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.demo.stack.programs import Program
from config.demo.stack.supervisor import Supervisor

# Starts a child of its own, writes both process numbers, and sleeps.
PARENT = (
    "import os, subprocess, sys, time;"
    "child = subprocess.Popen(['sleep', '60']);"
    "open(sys.argv[1], 'a').write(f'{os.getpid()} {child.pid}\\n');"
    "time.sleep(60)"
)
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);{PARENT}"


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{number}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def eventually(condition: Callable[[], bool], watch: Callable[[], None] = lambda: None) -> bool:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        watch()
        time.sleep(0.02)
    return condition()


def numbers_in(file: Path) -> list[tuple[int, int]]:
    """Return the process numbers, of parent and child, that were written by each generation."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(line.split()[0]), int(line.split()[1])) for line in lines]


class Family:
    """A program under supervision, known by the process numbers that it wrote down."""

    def __init__(self, folder: Path, code: str = PARENT) -> None:
        self.numbers_file = folder / "numbers"
        self.program = Program(
            name="family",
            command=(sys.executable, "-c", code, str(self.numbers_file)),
            folder=folder,
        )

    @property
    def generations(self) -> list[tuple[int, int]]:
        return numbers_in(self.numbers_file)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(logs=tmp_path)
    yield supervisor
    supervisor.stop(seconds=0)


def test_a_program_that_dies_is_started_again_without_its_orphans(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    family = Family(tmp_path)
    supervisor.start([family.program])
    assert eventually(lambda: len(family.generations) == 1)
    parent, child = family.generations[0]

    os.kill(parent, signal.SIGKILL)

    assert eventually(lambda: len(family.generations) == 2, supervisor.watch)
    assert eventually(lambda: not is_alive(child))


def test_a_program_that_keeps_dying_is_started_ever_more_seldom(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start([Program(name="broken", command=("false",), folder=tmp_path)])
    pauses = set()

    def watch() -> None:
        supervisor.watch()
        pauses.add(supervisor.children[0].pause)

    assert eventually(lambda: len(pauses) >= 3, watch)
    first, second, third = sorted(pauses)[:3]
    assert first < second < third


@pytest.mark.parametrize("code", [PARENT, STUBBORN], ids=["willing", "stubborn"])
def test_stopping_leaves_nothing_behind(supervisor: Supervisor, tmp_path: Path, code: str) -> None:
    family = Family(tmp_path, code)
    supervisor.start([family.program])
    assert eventually(lambda: len(family.generations) == 1)

    supervisor.stop(seconds=0.3)

    assert eventually(lambda: not any(is_alive(number) for number in family.generations[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_killed_supervisor_takes_its_programs_along(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers"
    command = ("sh", "-c", f"echo $$ 0 > {numbers}; exec sleep 60")
    code = (
        "import pathlib, time\n"
        "from config.demo.stack.programs import Program\n"
        "from config.demo.stack.supervisor import Supervisor\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        f"program = Program(name='sleeper', command={command!r}, folder=folder)\n"
        "Supervisor(logs=folder).start([program])\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=settings.BASE_DIR)
    try:
        assert eventually(lambda: bool(numbers_in(numbers)))
    finally:
        process.kill()
        process.wait()
    assert eventually(lambda: not is_alive(numbers_in(numbers)[0][0]))


def test_a_program_at_our_terminal_is_run_to_its_end_and_its_status_returned(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    family = Family(tmp_path)
    supervisor.start([family.program])
    assert eventually(lambda: len(family.generations) == 1)
    os.kill(family.generations[0][0], signal.SIGKILL)

    waits_for_the_restart = (
        "import sys, time\n"
        "while len(open(sys.argv[1]).readlines()) < 2: time.sleep(0.02)\n"
        "raise SystemExit(7)"
    )
    command = (sys.executable, "-c", waits_for_the_restart, str(family.numbers_file))
    assert supervisor.run(Program(name="foreground", command=command, folder=tmp_path)) == 7
