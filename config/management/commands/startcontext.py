"""``manage.py startcontext``: write the files of a context in an app of its own, with a test."""

from config.scaffolds.start import OfAnApp


class Command(OfAnApp):
    """Write the files of a context."""

    help = "Write the files of a context that works, with a test; then make it yours."
    kind = "context"
    then = ("bin/python manage.py makemigrations {name}", *OfAnApp.then)
