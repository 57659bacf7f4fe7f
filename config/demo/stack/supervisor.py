"""Start programs, restart those that die, and leave none behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from config.demo.stack.programs import Program

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
# After a run of this length the next restart has the first pause again.
HEALTHY_AFTER = 30.0
BETWEEN_LOOKS = 0.1


@dataclass
class Child:
    """A program, its current process, and when it is due to be restarted, if it has died."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    due: float | None = None


@dataclass
class Supervisor:
    """Supervise the programs of one stack, as long as :meth:`watch` is called often.

    Each program leads a process group of its own, so that Ctrl-C reaches only the supervisor, and
    the children of a dead program can be killed. On Linux the kernel ends the programs even if the
    supervisor is killed.
    """

    logs: Path
    children: list[Child] = field(default_factory=list)

    def start(self, programs: Iterable[Program]) -> None:
        for program in programs:
            process = _spawn(program, self.logs)
            self.children.append(Child(program, process, time.monotonic()))

    def watch(self) -> None:
        """Restart programs that have died, after a pause that doubles."""
        now = time.monotonic()
        for child in self.children:
            if child.due is None and child.process.poll() is not None:
                _kill_group(child.process)
                healthy = now - child.started > HEALTHY_AFTER
                child.pause = FIRST_PAUSE if healthy else min(child.pause * 2, LONGEST_PAUSE)
                child.due = now + child.pause
            elif child.due is not None and now >= child.due:
                child.process = _spawn(child.program, self.logs)
                child.started, child.due = now, None

    def wait_until(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Watch until the condition holds.

        :param what: the beginning of the error, such as "The servers do not answer".
        :raises TimeoutError: it does not hold within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} within {seconds:.0f} seconds; see {self.logs}")
            self.watch()
            time.sleep(BETWEEN_LOOKS)

    def run(self, program: Program) -> int:
        """Run a program to its end at this terminal, watching the others; return its status."""
        process = _spawn(program, logs=None)
        try:
            while process.poll() is None:
                self.watch()
                time.sleep(BETWEEN_LOOKS)
        finally:
            _end([Child(program, process, 0)], seconds=0.5)
        return process.returncode

    def stop(self, *names: str, seconds: float = 4) -> None:
        """End the named programs, or all; kill those that have not ended in time."""
        leaving = [c for c in self.children if not names or c.program.name in names]
        self.children = [c for c in self.children if c not in leaving]
        _end(leaving, seconds=seconds)


def _end(children: list[Child], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for child in children:
        if child.process.poll() is None:
            child.process.send_signal(child.program.stop_signal)
    for child in children:
        try:
            child.process.wait(max(deadline - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        _kill_group(child.process)


def _spawn(program: Program, logs: Path | None) -> subprocess.Popen[bytes]:
    """Start a program; without a folder for its log it writes to this terminal."""
    log = _open_log(logs / f"{program.name}.log") if logs else None
    try:
        return subprocess.Popen(
            program.command,
            cwd=program.folder,
            env={**os.environ, **program.variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            process_group=0,
            preexec_fn=_die_with_parent(program.stop_signal),  # noqa: PLW1509 - few threads, no locks
            **(program.owner.identity if program.owner else {}),
        )
    finally:
        if log:
            log.close()


def _open_log(path: Path) -> BinaryIO:
    """Open a log to append; only its owner can read it."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new process does first: ask the kernel for a signal when its parent dies.

    See prctl(2), PR_SET_PDEATHSIG. It has to follow the change of user, which clears it.
    """
    parent = os.getpid()

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != parent:
            os._exit(1)

    return ask
