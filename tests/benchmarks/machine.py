"""The machine that figures come from."""

import os
import platform
from pathlib import Path
from typing import TypedDict

from tests.benchmarks.stack import Stack


class Machine(TypedDict):
    """What a figure depends on besides the code."""

    cores: int
    processor: str
    memory_gb: float
    postgresql: str
    python: str


def machine(stack: Stack) -> Machine:
    """Describe this machine and the server that runs on it."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cores=os.cpu_count() or 1,
        processor=_processor(),
        memory_gb=round(pages * size / 1024**3, 1),
        postgresql=str(stack.ask("SHOW server_version")),
        python=platform.python_version(),
    )


def _processor() -> str:
    """Return its name; the architecture where the system does not say it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
