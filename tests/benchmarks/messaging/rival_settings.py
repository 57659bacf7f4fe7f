"""What the rivals' settings have in common; they bind and prepare as we do, which helps them too.

The server's address is in the variables of libpq, the name of the database in ``RIVAL``.
"""

import os

SECRET_KEY = "for a benchmark only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["RIVAL"],
        "CONN_MAX_AGE": None,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5},
    }
}
