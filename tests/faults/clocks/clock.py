"""The time of day of a process, which a test sets."""

import os
from pathlib import Path

from config.environment.paths import ROOT


class Clock:
    """The time of day of one process: so many seconds beside the right one."""

    def __init__(self, path: Path, offset: float) -> None:
        self.path = path
        self.step(offset)

    def step(self, offset: float) -> None:
        """Set it; the process reads it within a moment."""
        beside = self.path.with_suffix(".new")
        beside.write_text(str(offset))
        beside.replace(self.path)

    @property
    def variables(self) -> dict[str, str]:
        paths = [str(Path(__file__).parent), str(ROOT)]
        return {"CLOCK": str(self.path), "PYTHONPATH": os.pathsep.join(paths)}
