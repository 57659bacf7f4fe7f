#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run one command; a setting that cannot be used ends it with one line and status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # A migration or a rebuild may take minutes; a request or a task may not.
    os.environ.setdefault("STATEMENT_TIMEOUT_SECONDS", "600")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings, before any command does
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
