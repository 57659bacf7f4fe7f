"""The folders of a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".local"
"""What a process leaves behind on this machine; not under version control."""
