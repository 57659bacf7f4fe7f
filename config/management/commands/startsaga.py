"""``manage.py startsaga``: write the files of a saga in an app of its own, with a test."""

from config.scaffolds.start import OfAnApp


class Command(OfAnApp):
    """Write the files of a saga."""

    help = "Write the files of a saga that works, with a test; then make it yours."
    kind = "saga"
