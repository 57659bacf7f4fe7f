"""``manage.py startprojection``: write the files of a projection, with a test."""

from config.scaffolds.start import Scaffold


class Command(Scaffold):
    """Write the files of a projection."""

    help = "Write the files of a projection that works, with a test; then make it yours."
    kind = "projection"
    then = ("bin/python manage.py makemigrations readmodels", "bin/python -m tests.contracts")
