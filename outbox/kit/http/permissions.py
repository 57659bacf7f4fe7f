"""Who may use a view of the API, where no permission is asked for."""

from typing import Final

AUTHENTICATED: Final = "authenticated"
"""In ``needs``: every authenticated user; the view itself limits what each of them sees."""
