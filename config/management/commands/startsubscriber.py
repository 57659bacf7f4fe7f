"""``manage.py startsubscriber``: write the files of a subscriber, with a test."""

from config.scaffolds.start import Scaffold


class Command(Scaffold):
    """Write the files of a subscriber."""

    help = "Write the files of a subscriber that works, with a test; then make it yours."
    kind = "subscriber"
