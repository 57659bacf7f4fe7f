"""``manage.py startlayout``: write the files of a layout, with a test."""

from config.scaffolds.start import Scaffold


class Command(Scaffold):
    """Write the files of a layout."""

    help = "Write the files of a layout that works, with a test; then make it yours."
    kind = "layout"
    then = ("bin/python manage.py replay_orders FILE",)
