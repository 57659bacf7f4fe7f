"""Bring the list of folders in docs/tour.md up to date: ``bin/python -m tests.readme``."""

from tests.readme.folders import PAGE, rewritten

PAGE.write_text(rewritten(PAGE.read_text()))
