"""Bring docs/flows.md up to date: ``bin/python -m tests.flows``; it starts the servers of tests."""

import os
import sys
from pathlib import Path

import pytest

os.environ["WRITE_FLOWS"] = "1"
sys.exit(pytest.main([str(Path(__file__).with_name("test_page.py")), "-k", "page_says", "-q"]))
