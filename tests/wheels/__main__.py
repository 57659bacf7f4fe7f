"""``bin/build [FOLDER]``: build the wheels of messaging and of the saga engine; publish nothing."""

import argparse
import sys
from pathlib import Path

from tests.wheels.building import build

parser = argparse.ArgumentParser(prog="bin/build", description=__doc__)
parser.add_argument("folder", nargs="?", default="dist", type=Path, help="where they go (dist)")
for wheel in build(parser.parse_args().folder):
    sys.stdout.write(f"{wheel}\n")
